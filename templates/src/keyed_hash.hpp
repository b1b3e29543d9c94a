#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aldis::templates::detail {

/// SipHash-1-3, as Python's hash of text, with a key of this process: keys of a dict come from
/// outside, and nobody may choose some that meet.
std::size_t keyed_hash(std::string_view bytes) noexcept;
std::size_t keyed_hash(std::uint64_t number) noexcept;

}  // namespace aldis::templates::detail
