#include "numbers.hpp"

#include "unicode.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace aldis::templates::detail {

namespace {

/// The digits of a positive number, and the power of ten of the first digit.
struct decimal_digits {
  std::string digits;
  int exponent = 0;
};

/// Parses the output of to_chars, `d.ddde[+-]xx`.
decimal_digits from_scientific(std::string_view text) {
  decimal_digits result;
  const std::size_t e = text.find('e');
  for (const char c : text.substr(0, e)) {
    if (c != '.') result.digits.push_back(c);
  }
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), result.exponent);
  return result;
}

// A double has at most 767 significant digits.
constexpr std::size_t most_digits = 800;

decimal_digits digits_of(double number, std::size_t count) {
  char buffer[most_digits + 16];
  const std::size_t exact = std::min(count, most_digits);
  const auto end = std::to_chars(buffer, std::end(buffer), number, std::chars_format::scientific,
                                 static_cast<int>(exact) - 1);
  decimal_digits result = from_scientific({buffer, end.ptr});
  result.digits.append(count - exact, '0');
  return result;
}

decimal_digits shortest_digits(double number) {
  char buffer[32];
  const auto end = std::to_chars(buffer, std::end(buffer), number, std::chars_format::scientific);
  return from_scientific({buffer, end.ptr});
}

std::string fixed_text(double number, std::size_t precision) {
  // At most 309 digits before the point; all decimals after the 1074th are zero.
  char buffer[1500];
  const std::size_t exact = std::min<std::size_t>(precision, 1100);
  const auto end = std::to_chars(buffer, std::end(buffer), number, std::chars_format::fixed,
                                 static_cast<int>(exact));
  std::string result(buffer, end.ptr);
  result.append(precision - exact, '0');
  return result;
}

void append_exponent(std::string& text, int exponent) {
  text += exponent < 0 ? "e-" : "e+";
  const int size = std::abs(exponent);
  if (size < 10) text.push_back('0');
  text += std::to_string(size);
}

std::string with_exponent(const decimal_digits& number, bool keep_point) {
  std::string text = number.digits.substr(0, 1);
  if (number.digits.size() > 1 || keep_point) text.push_back('.');
  text.append(number.digits, 1);
  append_exponent(text, number.exponent);
  return text;
}

std::string without_exponent(const decimal_digits& number, const float_style& style) {
  std::string text;
  const auto& [digits, exponent] = number;
  const std::size_t whole = exponent < 0 ? 0 : static_cast<std::size_t>(exponent) + 1;
  if (whole == 0) {
    text = "0.";
    text.append(static_cast<std::size_t>(-exponent - 1), '0');
    return text + digits;
  }
  text = digits.substr(0, whole);
  if (whole > digits.size()) text.append(whole - digits.size(), '0');
  if (whole < digits.size()) return text.append(1, '.').append(digits, whole);
  if (style.add_point_zero) return text + ".0";
  if (style.keep_point) text.push_back('.');
  return text;
}

std::string general_text(double number, const float_style& style) {
  decimal_digits digits;
  // Powers of ten from this one on are written with an exponent.
  int limit = 16;
  if (style.type == 'r') {
    digits = shortest_digits(number);
  } else {
    const std::size_t precision = std::max<std::size_t>(style.precision, 1);
    digits = digits_of(number, precision);
    limit =
        static_cast<int>(std::min<std::size_t>(precision, 100000)) - (style.add_point_zero ? 1 : 0);
    if (!style.keep_point) digits.digits.erase(digits.digits.find_last_not_of('0') + 1);
    if (digits.digits.empty()) digits.digits = "0";
  }
  if (digits.exponent < -4 || digits.exponent >= limit)
    return with_exponent(digits, style.keep_point);
  return without_exponent(digits, style);
}

bool is_underscored(std::u32string_view digits) {
  return digits.empty() || digits.front() == '_' || digits.back() == '_' ||
         digits.find(U"__") != std::u32string_view::npos;
}

std::u32string_view strip_space(std::u32string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

int digit_in_any_script(char32_t c) {
  if (is_decimal(c)) return decimal_value(c);
  return c < 0x80 ? digit_value(static_cast<char>(c)) : 36;
}

/// For a number outside the range of double: whether it is too small rather than too large.
bool is_below_one(std::string_view number) {
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  std::size_t point = std::min(number.find('.'), e);
  const std::size_t first = number.find_first_of("123456789");
  if (first < point) point -= first;
  const bool below = first > point;
  const std::size_t zeros = below ? first - point - 1 : point;
  std::string_view exponent = number.substr(std::min(e + 1, number.size()));
  const bool negative = exponent.starts_with('-');
  if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
  std::size_t size = 0;
  const auto read = std::from_chars(exponent.data(), exponent.data() + exponent.size(), size);
  if (read.ec == std::errc::result_out_of_range) return negative;
  return below ? negative || size <= zeros : negative && size >= zeros;
}

int base_of_prefix(std::u32string_view text) {
  if (text.size() < 2 || text[0] != '0') return 0;
  switch (text[1]) {
    case 'b':
    case 'B':
      return 2;
    case 'o':
    case 'O':
      return 8;
    case 'x':
    case 'X':
      return 16;
    default:
      return 0;
  }
}

}  // namespace

std::string float_digits(double number, const float_style& style) {
  const bool upper = style.type >= 'A' && style.type <= 'Z';
  std::string text;
  float_style lower = style;
  if (upper) lower.type = static_cast<char>(style.type + ('a' - 'A'));
  number = std::fabs(number);
  if (std::isnan(number)) {
    text = "nan";
  } else if (std::isinf(number)) {
    text = "inf";
  } else if (lower.type == 'f') {
    text = fixed_text(number, style.precision);
    if (style.precision == 0 && style.keep_point) text.push_back('.');
  } else if (lower.type == 'e') {
    text = with_exponent(digits_of(number, style.precision + 1), style.keep_point);
  } else {
    text = general_text(number, lower);
  }
  return upper ? to_upper(text) : text;
}

std::string float_text(double number) {
  std::string text = float_digits(number, {.type = 'r', .add_point_zero = true});
  if (std::signbit(number) && !std::isnan(number)) text.insert(text.begin(), '-');
  return text;
}

std::string integer_digits(std::uint64_t number, unsigned base) {
  char buffer[64];
  const auto end = std::to_chars(buffer, std::end(buffer), number, static_cast<int>(base));
  return {buffer, end.ptr};
}

integer_text read_integer(std::string_view text, int base) {
  const std::u32string characters = to_characters(text);
  std::u32string_view rest = strip_space(characters);
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative || (!rest.empty() && rest.front() == '+')) rest.remove_prefix(1);

  const int prefix = base_of_prefix(rest);
  const bool any_base = base == 0;
  if (any_base) base = prefix == 0 ? 10 : prefix;
  if (prefix == base && prefix != 0) {
    rest.remove_prefix(2);
    // One underscore may follow the prefix.
    if (!rest.empty() && rest.front() == '_') rest.remove_prefix(1);
  }
  if (is_underscored(rest)) return {};
  // As in Python's source: 007 is not a decimal number.
  if (any_base && prefix == 0 && rest.front() == '0' &&
      rest.find_first_not_of(U"0_") != std::u32string_view::npos) {
    return {};
  }

  constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
  const std::uint64_t limit = largest + (negative ? 1 : 0);
  std::uint64_t number = 0;
  bool too_large = false;
  for (const char32_t c : rest) {
    if (c == '_') continue;
    const int digit = digit_in_any_script(c);
    if (digit >= base) return {};
    const auto next = static_cast<std::uint64_t>(digit);
    too_large = too_large || number > (limit - next) / static_cast<std::uint64_t>(base);
    if (!too_large) number = number * static_cast<std::uint64_t>(base) + next;
  }
  if (too_large) return {.outcome = integer_text::result::too_large};
  return {.outcome = integer_text::result::read,
          .number = static_cast<std::int64_t>(negative ? 0 - number : number)};
}

std::optional<double> read_float(std::string_view text) {
  const std::u32string characters = to_characters(text);
  const std::u32string_view stripped = strip_space(characters);
  std::string plain;
  for (std::size_t i = 0; i < stripped.size(); ++i) {
    const char32_t c = stripped[i];
    if (is_decimal(c)) {
      plain.push_back(static_cast<char>('0' + decimal_value(c)));
    } else if (c == '_') {
      if (i == 0 || i + 1 == stripped.size() || !is_decimal(stripped[i - 1]) ||
          !is_decimal(stripped[i + 1])) {
        return std::nullopt;
      }
    } else if (c < 0x80) {
      plain.push_back(static_cast<char>(c));
    } else {
      return std::nullopt;
    }
  }
  std::string_view rest = plain;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  const double sign = negative ? -1.0 : 1.0;

  const std::string word = to_lower(rest);
  if (word == "inf" || word == "infinity") return sign * std::numeric_limits<double>::infinity();
  if (word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (rest.empty() || (rest.front() != '.' && (rest.front() < '0' || rest.front() > '9'))) {
    return std::nullopt;
  }
  double number = 0;
  const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (read.ptr != rest.data() + rest.size()) return std::nullopt;
  if (read.ec == std::errc::result_out_of_range) {
    // from_chars reports numbers that are too large and too small alike.
    return is_below_one(rest) ? sign * 0.0 : sign * std::numeric_limits<double>::infinity();
  }
  if (read.ec != std::errc()) return std::nullopt;
  return sign * number;
}

double round_to(double number, std::int64_t digits) {
  if (!std::isfinite(number) || number == 0) return number;
  // No double has so many decimals, or so large an integer part.
  if (digits > 323) return number;
  if (digits < -308) return std::copysign(0.0, number);
  if (digits >= 0) {
    const std::string text = fixed_text(std::fabs(number), static_cast<std::size_t>(digits));
    double result = 0;
    std::from_chars(text.data(), text.data() + text.size(), result);
    return std::copysign(result, number);
  }
  // Rounds the exact digits before the point: half to even.
  const double whole = std::floor(std::fabs(number));
  const bool fraction = whole != std::fabs(number);
  const auto cut = static_cast<std::size_t>(-digits);
  std::string text = fixed_text(whole, 0);
  text.insert(0, cut + 1 > text.size() ? cut + 1 - text.size() : 0, '0');
  std::string kept = text.substr(0, text.size() - cut);
  const std::string_view rest = std::string_view(text).substr(text.size() - cut);
  const bool exact_half =
      rest.front() == '5' && !fraction && rest.find_first_not_of('0', 1) == std::string_view::npos;
  if (exact_half ? (kept.back() - '0') % 2 != 0 : rest.front() >= '5') {
    std::size_t i = kept.size();
    while (i > 0 && kept[i - 1] == '9') kept[--i] = '0';
    if (i > 0)
      ++kept[i - 1];
    else
      kept.insert(0, 1, '1');
  }
  kept.append(cut, '0');
  double result = std::numeric_limits<double>::infinity();
  std::from_chars(kept.data(), kept.data() + kept.size(), result);
  return std::copysign(result, number);
}

}  // namespace aldis::templates::detail
