#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// Base64 with `-` and `_`, without padding.
std::string url_safe_base64(std::string_view bytes);
/// Decodes it; nothing if it is malformed.
std::optional<std::string> from_url_safe_base64(std::string_view text);

/// Base64 with `+`, `/` and padding.
std::string standard_base64(std::string_view bytes);
/// Decodes it, with or without padding; nothing if it is malformed.
std::optional<std::string> from_standard_base64(std::string_view text);

}  // namespace aldis::web::detail
