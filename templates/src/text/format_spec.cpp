#include "format_spec.hpp"

#include <aldis/templates/error.hpp>

#include "numbers.hpp"
#include "unicode.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace aldis::templates::detail {

namespace {

std::string quoted_character(char32_t c) {
  if (c > ' ' && c < 0x80) return std::string("'") + static_cast<char>(c) + "'";
  return "'\\x" + integer_digits(c, 16) + "'";
}

[[noreturn]] void fail_format_code(char32_t type, std::string_view type_name) {
  fail(error_kind::value, "Unknown format code " + quoted_character(type) +
                              " for object of type '" + std::string(type_name) + "'");
}

bool is_align(char32_t c) noexcept { return c == '<' || c == '>' || c == '=' || c == '^'; }

class spec_reader {
 public:
  spec_reader(std::string_view text, const formatted_type& of)
      : text_(text), characters_(to_characters(text)), rest_(characters_), of_(of) {}

  format_spec read() {
    format_spec spec;
    spec.align = of_.align;
    const bool fill_given = read_alignment(spec);
    if (rest_.starts_with(U'+') || rest_.starts_with(U'-') || rest_.starts_with(U' ')) {
      spec.sign = static_cast<char>(take());
    }
    spec.no_negative_zero = skip('z');
    spec.alternate = skip('#');
    if (!fill_given && skip('0')) {
      spec.fill = '0';
      if (!align_given_ && of_.align == '>') spec.align = '=';
    }
    spec.width = read_size().value_or(0);
    read_grouping(spec);
    if (skip('.')) {
      spec.precision = read_size();
      if (!spec.precision) fail(error_kind::value, "Format specifier missing precision");
    }
    if (rest_.size() > 1) {
      fail(error_kind::value, "Invalid format specifier '" + std::string(text_) +
                                  "' for object of type '" + std::string(of_.name) + "'");
    }
    spec.type = rest_.empty() ? static_cast<char32_t>(of_.type) : take();
    if (spec.grouping != '\0') check_grouping(spec);
    return spec;
  }

 private:
  char32_t take() {
    const char32_t c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool skip(char32_t c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Returns whether there is a fill character too.
  bool read_alignment(format_spec& spec) {
    const bool fill = rest_.size() >= 2 && is_align(rest_[1]);
    align_given_ = fill || (!rest_.empty() && is_align(rest_[0]));
    if (fill) spec.fill = take();
    if (align_given_) spec.align = static_cast<char>(take());
    return fill;
  }

  std::optional<std::size_t> read_size() {
    if (rest_.empty() || !is_decimal(rest_.front())) return std::nullopt;
    constexpr std::size_t limit = std::numeric_limits<std::ptrdiff_t>::max();
    std::size_t size = 0;
    while (!rest_.empty() && is_decimal(rest_.front())) {
      const auto digit = static_cast<std::size_t>(decimal_value(take()));
      if (size > (limit - digit) / 10)
        fail(error_kind::value, "Too many decimal digits in format string");
      size = size * 10 + digit;
    }
    return size;
  }

  void read_grouping(format_spec& spec) {
    if (skip(',')) spec.grouping = ',';
    const bool comma = spec.grouping == ',';
    const bool underscore = skip('_');
    if ((comma && underscore) || (underscore && rest_.starts_with(U','))) {
      fail(error_kind::value, "Cannot specify both ',' and '_'.");
    }
    if (underscore) spec.grouping = '_';
  }

  static void check_grouping(const format_spec& spec) {
    const std::u32string_view allowed = spec.grouping == '_' ? U"defgEG%FboxX" : U"defgEG%F";
    if (spec.type == U'\0' || allowed.find(spec.type) != allowed.npos) return;
    fail(error_kind::value, std::string("Cannot specify '") + spec.grouping + "' with " +
                                quoted_character(spec.type) + ".");
  }

  std::string_view text_;
  std::u32string characters_;
  std::u32string_view rest_;
  const formatted_type& of_;
  bool align_given_ = false;
};

void append_fill(std::string& out, char32_t fill, std::size_t count) {
  if (fill < 0x80) {
    out.append(count, static_cast<char>(fill));
  } else {
    for (; count > 0; --count) append_character(out, fill);
  }
}

/// The parts of a formatted number, for inserting padding and separators.
struct number_parts {
  std::string sign;
  std::string prefix;
  std::string digits;
  std::string rest;  // from the point or the exponent on, or a word
};

std::string sign_of(bool negative, const format_spec& spec) {
  if (negative) return "-";
  return spec.sign == '+' || spec.sign == ' ' ? std::string(1, spec.sign) : std::string();
}

/// Inserts separators between groups of digits, and leading zeros up to `width`.
std::string grouped(std::string_view digits, char separator, std::size_t group, std::size_t width) {
  std::string reversed;
  std::size_t in_group = 0;
  auto next = digits.rbegin();
  while (next != digits.rend() || reversed.size() < width) {
    if (in_group == group) {
      // A separator is never first: there is a zero before it, even beyond the width.
      reversed.push_back(separator);
      in_group = 0;
    }
    reversed.push_back(next != digits.rend() ? *next++ : '0');
    ++in_group;
  }
  return {reversed.rbegin(), reversed.rend()};
}

std::string lay_out(number_parts parts, const format_spec& spec) {
  const std::size_t around = parts.sign.size() + parts.prefix.size() + count_characters(parts.rest);
  if (spec.grouping != '\0' && !parts.digits.empty()) {
    const bool fours =
        spec.type < 0x80 &&
        std::string_view("boxX").find(static_cast<char>(spec.type)) != std::string_view::npos;
    const bool zeros = spec.fill == '0' && spec.align == '=';
    parts.digits = grouped(parts.digits, spec.grouping, fours ? 4 : 3,
                           zeros && spec.width > around ? spec.width - around : 0);
  }
  const std::size_t size = around + parts.digits.size();
  const std::size_t padding = spec.width > size ? spec.width - size : 0;
  const std::size_t before = spec.align == '>' ? padding : spec.align == '^' ? padding / 2 : 0;
  const std::size_t inside = spec.align == '=' ? padding : 0;

  std::string result;
  append_fill(result, spec.fill, before);
  result += parts.sign;
  result += parts.prefix;
  append_fill(result, spec.fill, inside);
  result += parts.digits;
  result += parts.rest;
  append_fill(result, spec.fill, padding - before - inside);
  return result;
}

std::string format_as_character(std::int64_t number, const format_spec& spec) {
  if (spec.sign != '\0')
    fail(error_kind::value, "Sign not allowed with integer format specifier 'c'");
  if (spec.alternate) {
    fail(error_kind::value, "Alternate form (#) not allowed with integer format specifier 'c'");
  }
  if (number < 0 || number > 0x10FFFF) {
    fail(error_kind::overflow, "%c arg not in range(0x110000)");
  }
  number_parts parts;
  append_character(parts.rest, static_cast<char32_t>(number));
  return lay_out(std::move(parts), spec);
}

}  // namespace

format_spec read_format_spec(std::string_view spec, const formatted_type& of) {
  return spec_reader(spec, of).read();
}

std::string format_text(std::string_view text, const format_spec& spec) {
  if (spec.type != 's') fail_format_code(spec.type, formatted_text.name);
  if (spec.sign != '\0') {
    fail(error_kind::value, spec.sign == ' ' ? "Space not allowed in string format specifier"
                                             : "Sign not allowed in string format specifier");
  }
  if (spec.no_negative_zero) {
    fail(error_kind::value, "Negative zero coercion (z) not allowed in string format specifier");
  }
  if (spec.alternate)
    fail(error_kind::value, "Alternate form (#) not allowed in string format specifier");
  if (spec.align == '=')
    fail(error_kind::value, "'=' alignment not allowed in string format specifier");

  number_parts parts;
  parts.rest = text;
  if (spec.precision) parts.rest.resize(offset_of_character(text, *spec.precision));
  format_spec plain = spec;
  plain.grouping = '\0';
  return lay_out(std::move(parts), plain);
}

std::string format_integer(std::int64_t number, const format_spec& spec,
                           std::string_view type_name) {
  unsigned base = 10;
  switch (spec.type) {
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%':
      return format_float(static_cast<double>(number), spec);
    case 'b':
      base = 2;
      break;
    case 'o':
      base = 8;
      break;
    case 'x':
    case 'X':
      base = 16;
      break;
    case 'c':
    case 'd':
    case 'n':
      break;
    default:
      fail_format_code(spec.type, type_name);
  }
  if (spec.precision) fail(error_kind::value, "Precision not allowed in integer format specifier");
  if (spec.no_negative_zero) {
    fail(error_kind::value, "Negative zero coercion (z) not allowed in integer format specifier");
  }
  if (spec.type == 'c') return format_as_character(number, spec);

  number_parts parts;
  parts.sign = sign_of(number < 0, spec);
  parts.digits = integer_digits(magnitude(number), base);
  if (spec.alternate && base != 10) parts.prefix = {'0', static_cast<char>(spec.type)};
  if (spec.type == 'X') parts.digits = to_upper(parts.digits);
  return lay_out(std::move(parts), spec);
}

std::string format_float(double number, const format_spec& spec) {
  float_style style{.keep_point = spec.alternate};
  switch (spec.type) {
    case '\0':
      style.type = spec.precision ? 'g' : 'r';
      style.add_point_zero = true;
      break;
    case 'n':
      style.type = 'g';
      break;
    case '%':
      style.type = 'f';
      number *= 100;
      break;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      style.type = static_cast<char>(spec.type);
      break;
    default:
      fail_format_code(spec.type, formatted_float.name);
  }
  style.precision = spec.precision.value_or(6);

  const std::string text = float_digits(number, style);
  const std::size_t whole = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::size_t mantissa = std::min(text.find_first_of("eE"), text.size());
  const bool zero = std::isfinite(number) && text.find_first_of("123456789") >= mantissa;
  number_parts parts;
  const bool negative =
      std::signbit(number) && !std::isnan(number) && !(zero && spec.no_negative_zero);
  parts.sign = sign_of(negative, spec);
  parts.digits = text.substr(0, whole);
  parts.rest = text.substr(whole);
  if (spec.type == '%') parts.rest.push_back('%');
  return lay_out(std::move(parts), spec);
}

}  // namespace aldis::templates::detail
