#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::web::detail {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
constexpr char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// The value of a hexadecimal digit; -1 if it is not one.
constexpr int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Whether it is an HTTP token: a method, or the name of a header or cookie.
bool is_token(std::string_view text) noexcept;

/// The text without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text) noexcept;

/// The text before and after the first `separator`; the whole text and nothing if there is none.
std::pair<std::string_view, std::string_view> split_once(std::string_view text,
                                                         char separator) noexcept;

/// Escapes control characters, including line ends.
std::string escape_control(std::string_view text);
/// Text for messages: in quotes, with control characters escaped, and shortened if it is long.
std::string in_quotes(std::string_view text);

/// Frees the memory of an empty string whose capacity is greater than `max_capacity`.
void trim_memory(std::string& text, std::size_t max_capacity);

/// The text with ASCII letters in lower case.
std::string lower(std::string_view text);
/// The text with ASCII letters in upper case.
std::string upper(std::string_view text);

}  // namespace aldis::web::detail
