#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace aldis::templates::detail {

/// SipHash-1-3, like Python's hash of text, with a random key of the process: keys of a dict may be
/// untrusted, and an attacker must not be able to choose keys that collide.
std::size_t keyed_hash(std::string_view bytes) noexcept;
std::size_t keyed_hash(std::uint64_t number) noexcept;

}  // namespace aldis::templates::detail
