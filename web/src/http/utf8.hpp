#pragma once

#include <string>
#include <string_view>

namespace aldis::web::detail {

bool is_utf8(std::string_view text) noexcept;

/// Takes one character from the beginning of text that is not empty. Bytes that are none are
/// U+FFFD, as in `as_utf8`.
char32_t take_character(std::string_view& text) noexcept;

/// The same text if it is UTF-8; else with U+FFFD for what is not, as Python's errors="replace".
std::string as_utf8(std::string text);

}  // namespace aldis::web::detail
