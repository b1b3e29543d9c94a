#pragma once

#include <string>
#include <string_view>

namespace aldis::web::detail {

bool is_utf8(std::string_view text) noexcept;

/// The same text if it is UTF-8; else with U+FFFD for what is not, as Python's errors="replace".
std::string as_utf8(std::string text);

}  // namespace aldis::web::detail
