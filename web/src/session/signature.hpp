#pragma once

#include <string>
#include <string_view>

namespace aldis::web::detail {

/// HMAC with SHA-1: 20 bytes.
std::string hmac_sha1(std::string_view key, std::string_view message);

/// Takes the same time wherever the two differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace aldis::web::detail
