#pragma once

#include <string>
#include <string_view>

namespace aldis::web::detail {

bool is_utf8(std::string_view text) noexcept;

/// Removes one character from the beginning of text that is not empty. Invalid bytes are U+FFFD, as
/// in `as_utf8`.
char32_t take_character(std::string_view& text) noexcept;

/// The text with U+FFFD for bytes that are not UTF-8, like Python's errors="replace".
std::string as_utf8(std::string text);

}  // namespace aldis::web::detail
