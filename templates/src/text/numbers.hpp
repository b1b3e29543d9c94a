#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Parsing, rounding and formatting numbers as Python does.
namespace aldis::templates::detail {

/// The shortest text that reads back as the same number: `0.1`, `1e+16`, `inf`.
std::string float_text(double number);

/// The format of a floating-point number, with the letters of printf.
struct float_style {
  char type = 'g';  // one of e, f, g in either case; r for the shortest text
  std::size_t precision = 6;
  bool keep_point = false;      // printf's #
  bool add_point_zero = false;  // an integer ends in .0
};

/// Formats a number without its sign.
std::string float_digits(double number, const float_style& style);

/// The digits of an integer in base 2, 8, 10 or 16, without sign and prefix.
std::string integer_digits(std::uint64_t number, unsigned base);

/// The value of a digit or letter in bases up to 36; 36 for other characters.
inline int digit_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z' ? lower - 'a' + 10 : 36;
}
inline bool is_digit(char c) noexcept { return digit_value(c) < 10; }

inline std::uint64_t magnitude(std::int64_t number) noexcept {
  return number < 0 ? 0 - static_cast<std::uint64_t>(number) : static_cast<std::uint64_t>(number);
}

struct integer_text {
  enum class result { read, malformed, too_large };
  result outcome = result::malformed;
  std::int64_t number = 0;
};

/// int(text, base): white space around, a sign, a prefix where the base allows it, underscores
/// between digits of any script. Base 0 takes its base from the prefix.
integer_text read_integer(std::string_view text, int base = 10);

/// float(text).
std::optional<double> read_float(std::string_view text);

/// round(number, digits): half to even, of the exact binary value.
double round_to(double number, std::int64_t digits);

}  // namespace aldis::templates::detail
