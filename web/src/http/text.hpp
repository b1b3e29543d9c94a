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
/// -1 if it is none.
constexpr int hex_digit(char c) noexcept {
  if (is_digit(c)) return c - '0';
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A token of HTTP: a method, the name of a header or cookie.
bool is_token(std::string_view text) noexcept;

/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text) noexcept;

/// What is before the first `separator` and what is after it; all and nothing if there is none.
std::pair<std::string_view, std::string_view> split_once(std::string_view text,
                                                         char separator) noexcept;

/// What cannot be printed, the end of a line included, is escaped.
std::string escape_control(std::string_view text);
/// As messages show text: in quotes, what cannot be printed escaped, and not without end.
std::string in_quotes(std::string_view text);

/// Gives back the memory of an empty text that has held more than `most`.
void trim_memory(std::string& text, std::size_t most);

/// ASCII letters in lower case.
std::string lower(std::string_view text);
/// In upper case.
std::string upper(std::string_view text);

}  // namespace aldis::web::detail
