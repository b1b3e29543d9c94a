#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Properties and case of characters, as in Python's text methods.
namespace aldis::templates::detail {

enum class character_class : std::uint16_t {
  alpha = 1 << 0,
  decimal = 1 << 1,
  digit = 1 << 2,
  numeric = 1 << 3,
  space = 1 << 4,
  printable = 1 << 5,
  upper = 1 << 6,
  lower = 1 << 7,
  title = 1 << 8,
  case_ignorable = 1 << 9,
  identifier_start = 1 << 10,
  identifier_part = 1 << 11,
};

bool is(character_class what, char32_t character) noexcept;

inline bool is_space(char32_t c) noexcept { return is(character_class::space, c); }
inline bool is_decimal(char32_t c) noexcept { return is(character_class::decimal, c); }
bool is_alphanumeric(char32_t character) noexcept;
/// Whether `\w` matches.
inline bool is_word(char32_t c) noexcept { return c == '_' || is_alphanumeric(c); }
bool is_cased(char32_t character) noexcept;
/// Whether splitlines() splits at the character.
bool is_line_break(char32_t character) noexcept;

/// Whether the text is a Python identifier.
bool is_identifier(std::string_view text) noexcept;

std::string_view without_space_at_end(std::string_view text) noexcept;
/// The size of the white space at `offset`, in bytes.
std::size_t space_at(std::string_view text, std::size_t offset) noexcept;

/// The value of a decimal digit in any script.
int decimal_value(char32_t character) noexcept;

std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
/// The first letter of every word in title case, the others in lower case: str.title().
std::string to_title(std::string_view text);
/// The first character in title case, the others in lower case: str.capitalize().
std::string capitalize(std::string_view text);
std::string swap_case(std::string_view text);
std::string fold_case(std::string_view text);

}  // namespace aldis::templates::detail
