// "%s has %d" % (name, count)

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"
#include "text/numbers.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <cmath>
#include <limits>
#include <string>

namespace aldis::templates::detail {

namespace {

/// A conversion specifier, such as `%-10.2f`.
struct conversion {
  bool left = false;
  bool plus = false;
  bool blank = false;
  bool alternate = false;
  bool zero = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;
  char32_t type = '\0';
  std::size_t position = 0;  // of the type, in characters
};

bool is_one_of(char32_t type, std::string_view types) noexcept {
  return type < 0x80 && types.find(static_cast<char>(type)) != std::string_view::npos;
}

/// Whether Python treats the value as a mapping.
bool has_items(const value& of) noexcept {
  switch (of.kind()) {
    case value_kind::undefined:
    case value_kind::list:
    case value_kind::dict:
      return true;
    case value_kind::object:
      return of.as_object().is_mapping() || of.as_object().is_sequence();
    default:
      return false;
  }
}

class percent_formatter {
 public:
  percent_formatter(const value& format, const value& right, render_context& context)
      : characters_(to_characters(format.as_text())),
        rest_(characters_),
        escapes_(format.is_markup()),
        right_(right),
        context_(context) {
    if (right.is(value_kind::tuple)) left_ = right.as_tuple();
    mapping_ = has_items(right);
  }

  std::string format() {
    std::string result;
    make_room(result, rest_.size(), context_);
    while (!rest_.empty()) {
      const char32_t c = take();
      if (c != '%') {
        append_character(result, c);
      } else if (skip('%')) {
        result.push_back('%');
      } else {
        const conversion read = read_conversion();
        context_.count_memory(read.width);
        context_.count_memory(read.precision.value_or(0));
        const std::string text = converted(read);
        make_room(result, text.size() + rest_.size(), context_);
        result += text;
      }
    }
    if (!mapping_ && !left_.empty()) {
      fail(error_kind::type, "not all arguments converted during string formatting");
    }
    return result;
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

  const value& next_argument() {
    if (left_.empty()) fail(error_kind::type, "not enough arguments for format string");
    const value& next = left_.front();
    left_ = left_.subspan(1);
    return next;
  }

  void read_key() {
    if (!mapping_) fail(error_kind::type, "format requires a mapping");
    std::string key;
    for (std::size_t open = 1;;) {
      if (rest_.empty()) fail(error_kind::value, "incomplete format key");
      const char32_t c = take();
      if (c == '(') ++open;
      if (c == ')' && --open == 0) break;
      append_character(key, c);
    }
    keyed_ = item_or_fail(right_, key, context_);
    left_ = {&keyed_, 1};
  }

  /// Reads a number, or a star for an argument that is a number.
  std::int64_t read_size(std::int64_t largest, const char* too_big) {
    if (skip('*')) {
      const value& argument = next_argument();
      if (!argument.is_integral() || escapes_) fail(error_kind::type, "* wants int");
      if (argument.as_integer() > largest || argument.as_integer() < -largest)
        fail(error_kind::value, too_big);
      return argument.as_integer();
    }
    std::int64_t size = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      const auto digit = static_cast<std::int64_t>(take() - '0');
      if (size > (largest - digit) / 10) fail(error_kind::value, too_big);
      size = size * 10 + digit;
    }
    return size;
  }

  conversion read_conversion() {
    conversion read;
    if (skip('(')) read_key();
    for (bool more = true; more && !rest_.empty();) {
      switch (rest_.front()) {
        case '-':
          read.left = true;
          break;
        case '+':
          read.plus = true;
          break;
        case ' ':
          read.blank = true;
          break;
        case '#':
          read.alternate = true;
          break;
        case '0':
          read.zero = true;
          break;
        default:
          more = false;
          continue;
      }
      rest_.remove_prefix(1);
    }
    const std::int64_t width =
        read_size(std::numeric_limits<std::ptrdiff_t>::max(), "width too big");
    if (width < 0) read.left = true;
    read.width = static_cast<std::size_t>(std::abs(width));
    if (skip('.')) {
      const std::int64_t precision =
          read_size(std::numeric_limits<int>::max(), "precision too big");
      read.precision = precision < 0 ? 0 : static_cast<std::size_t>(precision);
    }
    if (!rest_.empty() && is_one_of(rest_.front(), "hlL")) rest_.remove_prefix(1);
    if (rest_.empty()) fail(error_kind::value, "incomplete format");
    read.position = characters_.size() - rest_.size();
    read.type = take();
    return read;
  }

  std::string converted(const conversion& read) {
    const value& argument = next_argument();
    if (is_one_of(read.type, "sra")) return text_conversion(read, argument);
    if (is_one_of(read.type, "diuoxX")) return integer_conversion(read, argument);
    if (is_one_of(read.type, "eEfFgG")) return float_conversion(read, argument);
    if (read.type == 'c') return laid_out(read, {}, {}, character(argument), false);
    std::string shown = "?";
    if (read.type >= 31 && read.type <= 126) shown = static_cast<char>(read.type);
    fail(error_kind::value, "unsupported format character '" + shown + "' (0x" +
                                integer_digits(read.type, 16) + ") at index " +
                                std::to_string(read.position));
  }

  std::string text_conversion(const conversion& read, const value& argument) {
    std::string text;
    if (read.type == 's') {
      if (escapes_) {
        text = escape(argument, context_).as_text();
      } else {
        append_text(text, argument, context_);
      }
    } else {
      text = read.type == 'r' ? repr_of(argument, context_) : ascii_of(argument, context_);
      if (escapes_) {
        std::string escaped;
        append_escaped(escaped, text);
        text = std::move(escaped);
      }
    }
    if (read.precision) text.resize(offset_of_character(text, *read.precision));
    return laid_out(read, {}, {}, text, false);
  }

  [[noreturn]] void fail_number(const conversion& read, const value& argument) const {
    const bool whole = is_one_of(read.type, "oxX");
    const std::string type = escapes_ ? "_MarkupEscapeHelper" : std::string(type_name(argument));
    fail(error_kind::type, std::string("%") + static_cast<char>(read.type) +
                               " format: " + (whole ? "an integer" : "a real number") +
                               " is required, not " + type);
  }

  /// The digits for %d, which truncates a fraction.
  std::string whole_digits(double number) {
    if (std::isnan(number)) fail(error_kind::value, "cannot convert float NaN to integer");
    if (std::isinf(number)) {
      fail(error_kind::overflow, "cannot convert float infinity to integer");
    }
    return float_digits(std::trunc(number), {.type = 'f', .precision = 0});
  }

  std::string integer_conversion(const conversion& read, const value& argument) {
    const bool decimal = is_one_of(read.type, "diu");
    if (argument.is_undefined() && decimal) fail_undefined(argument);
    // For Markup, Python calls int(), which also converts text, but has no other bases.
    const bool text = escapes_ && argument.is_text();
    if (!(decimal ? argument.is_number() || text : argument.is_integral() && !escapes_)) {
      fail_number(read, argument);
    }
    bool negative = false;
    std::string digits;
    if (argument.is(value_kind::floating)) {
      negative = argument.as_floating() <= -1;
      digits = whole_digits(argument.as_floating());
    } else {
      const std::int64_t number = text ? integer_in(argument, 10, context_) : argument.as_integer();
      negative = number < 0;
      digits = integer_digits(magnitude(number), decimal ? 10 : read.type == 'o' ? 8 : 16);
    }
    std::string prefix;
    if (read.alternate && !decimal) prefix = {'0', static_cast<char>(read.type)};
    if (read.type == 'X') digits = to_upper(digits);
    if (read.precision && *read.precision > digits.size()) {
      digits.insert(0, *read.precision - digits.size(), '0');
    }
    return laid_out(read, sign(read, negative), prefix, digits, read.zero);
  }

  std::string float_conversion(const conversion& read, const value& argument) {
    if (argument.is_undefined()) fail_undefined(argument);
    const bool text = escapes_ && argument.is_text();
    if (!argument.is_number() && !text) {
      fail(error_kind::type, escapes_
                                 ? "float() argument must be a string or a real number, not '" +
                                       std::string(type_name(argument)) + "'"
                                 : "must be real number, not " + std::string(type_name(argument)));
    }
    const double number = text ? float_in(argument, context_) : argument.as_floating();
    const std::string digits = float_digits(number, {.type = static_cast<char>(read.type),
                                                     .precision = read.precision.value_or(6),
                                                     .keep_point = read.alternate});
    const bool negative = std::signbit(number) && !std::isnan(number);
    return laid_out(read, sign(read, negative), {}, digits, read.zero);
  }

  std::string character(const value& argument) const {
    if (argument.is_text() && !escapes_ && count_characters(argument.as_text()) == 1) {
      return std::string(argument.as_text());
    }
    if (!argument.is_integral() || escapes_) fail(error_kind::type, "%c requires int or char");
    if (argument.as_integer() < 0 || argument.as_integer() > 0x10FFFF) {
      fail(error_kind::overflow, "%c arg not in range(0x110000)");
    }
    std::string text;
    append_character(text, static_cast<char32_t>(argument.as_integer()));
    return text;
  }

  static std::string_view sign(const conversion& read, bool negative) noexcept {
    return negative ? "-" : read.plus ? "+" : read.blank ? " " : "";
  }

  static std::string laid_out(const conversion& read, std::string_view sign,
                              std::string_view prefix, std::string_view text, bool zeros) {
    const std::size_t size = sign.size() + prefix.size() + count_characters(text);
    const std::size_t padding = read.width > size ? read.width - size : 0;
    std::string result;
    result.reserve(padding + sign.size() + prefix.size() + text.size());
    if (!read.left && !zeros) result.append(padding, ' ');
    result.append(sign).append(prefix);
    if (!read.left && zeros) result.append(padding, '0');
    result += text;
    if (read.left) result.append(padding, ' ');
    return result;
  }

  std::u32string characters_;
  std::u32string_view rest_;
  bool escapes_;
  const value& right_;
  render_context& context_;
  std::span<const value> left_{&right_, 1};
  value keyed_;
  bool mapping_ = false;
};

}  // namespace

value format_percent(const value& format, const value& right, render_context& context) {
  return make_text_like(format, percent_formatter(format, right, context).format(), context);
}

}  // namespace aldis::templates::detail
