#pragma once

#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The HMAC with SHA-1, which has 20 bytes.
std::string hmac_sha1(std::string_view key, std::string_view message);

/// Whether both are equal. The time does not depend on where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace aldis::web::detail
