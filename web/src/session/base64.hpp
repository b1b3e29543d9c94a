#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// With `-` and `_`, without padding.
std::string url_safe_base64(std::string_view bytes);
/// Nothing if it is not such text.
std::optional<std::string> from_url_safe_base64(std::string_view text);

/// With `+`, `/` and padding.
std::string standard_base64(std::string_view bytes);
std::optional<std::string> from_standard_base64(std::string_view text);

}  // namespace aldis::web::detail
