// Filters on numbers.

#include "text/numbers.hpp"

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace aldis::templates::detail {

namespace {

/// Counts the memory of the characters, the ASCII digits, and an error that quotes the text.
std::size_t bytes_to_read(const value& text) noexcept { return 6 * text.as_text().size(); }

/// float(x).
double float_of(const value& of, render_context& context) {
  if (of.is_undefined()) fail_undefined(of);
  if (of.is_text()) return float_in(of, context);
  if (of.is_number()) return of.as_floating();
  fail(error_kind::type, "float() argument must be a string or a real number, not '" +
                             std::string(type_name(of)) + "'");
}

/// int(x) of a float: rounds toward zero.
std::int64_t whole(double number) {
  if (std::isnan(number)) fail(error_kind::value, "cannot convert float NaN to integer");
  if (std::isinf(number)) fail(error_kind::overflow, "cannot convert float infinity to integer");
  constexpr double limit = 9223372036854775808.0;  // 2 to the 63rd
  if (number >= limit || number < -limit) {
    fail_overflow();
  }
  return static_cast<std::int64_t>(number);
}

value filter_abs(const arguments& args) {
  const value& number = only_argument(args, "abs");
  if (number.is(value_kind::floating)) return std::fabs(number.as_floating());
  if (!number.is_integral()) {
    fail(error_kind::type, "bad operand type for abs(): '" + std::string(type_name(number)) + "'");
  }
  return number.as_integer() < 0 ? negative(number) : value(number.as_integer());
}

/// Converts a value as `|int` does; nothing if it is not a number.
std::optional<std::int64_t> integer_if_any(const value& of, std::int64_t base,
                                           render_context& context) {
  if (of.is_undefined()) fail_undefined(of);
  if (of.is_integral()) return of.as_integer();
  std::optional<double> number;
  if (of.is(value_kind::floating)) number = of.as_floating();
  if (of.is_text()) {
    const scratch_memory reading(context, bytes_to_read(of));
    if (base == 0 || (base >= 2 && base <= 36)) {
      const integer_text read = read_integer(of.as_text(), static_cast<int>(base));
      if (read.outcome == integer_text::result::read) return read.number;
      if (read.outcome == integer_text::result::too_large) {
        fail_overflow();
      }
    }
    number = read_float(of.as_text());
  }
  if (!number || !std::isfinite(*number)) return std::nullopt;
  return whole(*number);
}

value filter_int(const arguments& args) {
  const auto [of, otherwise, base] =
      bind_arguments<3>(args, "do_int", {"value", "default", "base"}, 1);
  // With a base that is not a number, text does not convert; other values ignore the base.
  const std::int64_t in_base = !base ? 10 : base->is_integral() ? base->as_integer() : 1;
  if (const auto number = integer_if_any(*of, in_base, args.context())) return *number;
  return otherwise ? *otherwise : value(0);
}

value filter_float(const arguments& args) {
  const auto [of, otherwise] = bind_arguments<2>(args, "do_float", {"value", "default"}, 1);
  if (of->is_undefined()) fail_undefined(*of);
  if (of->is_number()) return of->as_floating();
  if (of->is_text()) {
    const scratch_memory reading(args.context(), bytes_to_read(*of));
    if (const auto number = read_float(of->as_text())) return *number;
  }
  return otherwise ? *otherwise : value(0.0);
}

double power_of_ten(std::int64_t exponent) {
  return exponent > 308 ? std::numeric_limits<double>::infinity()
                        : std::pow(10.0, static_cast<double>(exponent));
}

/// round() of an integer: only a negative number of digits changes it.
std::int64_t round_integer(std::int64_t number, std::int64_t digits) {
  if (digits >= 0) return number;
  if (digits < -19) return 0;
  const double rounded = round_to(static_cast<double>(number), digits);
  if (std::fabs(static_cast<double>(number)) < 9007199254740992.0) return whole(rounded);
  // Beyond 53 bits a double is not exact.
  std::uint64_t unit = 1;
  for (std::int64_t i = digits; i < 0; ++i) {
    if (unit > std::numeric_limits<std::uint64_t>::max() / 10) return 0;
    unit *= 10;
  }
  const std::uint64_t size = magnitude(number);
  const std::uint64_t rest = size % unit;
  std::uint64_t result = size - rest;
  const bool up = rest > unit / 2 || (rest == unit / 2 && (result / unit) % 2 != 0);
  if (up) result += unit;
  if (result > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    fail_overflow();
  }
  return number < 0 ? -static_cast<std::int64_t>(result) : static_cast<std::int64_t>(result);
}

value round_common(const value& number, const value* precision) {
  if (!number.is_number()) {
    fail(error_kind::type,
         "type " + std::string(type_name(number)) + " doesn't define __round__ method");
  }
  const bool none = precision && precision->is_none();
  const std::int64_t digits = precision && !none ? integer_of(*precision) : 0;
  if (number.is_integral()) return round_integer(number.as_integer(), digits);
  const double rounded = round_to(number.as_floating(), digits);
  if (none) return whole(rounded);
  if (std::isinf(rounded) && std::isfinite(number.as_floating())) {
    fail(error_kind::overflow, "rounded value too large to represent");
  }
  return rounded;
}

value filter_round(const arguments& args) {
  const auto [number, precision, method_name] =
      bind_arguments<3>(args, "do_round", {"value", "precision", "method"}, 1);
  const std::string_view how = !method_name             ? "common"
                               : method_name->is_text() ? method_name->as_text()
                                                        : "";
  if (how != "common" && how != "ceil" && how != "floor") {
    fail(error_kind::filter_argument, "method must be common, ceil or floor");
  }
  if (how == "common") return round_common(*number, precision);
  if (number->is_undefined()) fail_undefined(*number);
  if (!number->is_number()) {
    // Python multiplies first, so the message is that of the multiplication.
    render_context& context = args.context();
    multiply(*number, power(10, precision ? *precision : value(0), context), context);
    fail(error_kind::type, "must be real number, not " + std::string(type_name(*number)));
  }
  const std::int64_t digits = precision ? integer_of(*precision) : 0;
  const double scale = power_of_ten(digits);
  if (std::isinf(scale)) fail(error_kind::overflow, "int too large to convert to float");
  // An integer times a power of ten is an integer.
  if (number->is_integral() && digits >= 0) return number->as_floating();
  const double scaled = number->as_floating() * scale;
  if (std::isnan(scaled)) fail(error_kind::value, "cannot convert float NaN to integer");
  if (std::isinf(scaled)) fail(error_kind::overflow, "cannot convert float infinity to integer");
  // Python's ceil and floor return integers, which have no negative zero.
  return ((how == "ceil" ? std::ceil(scaled) : std::floor(scaled)) + 0.0) / scale;
}

value filter_filesizeformat(const arguments& args) {
  const auto [of, binary] = bind_arguments<2>(args, "do_filesizeformat", {"value", "binary"}, 1);
  const double bytes = float_of(*of, args.context());
  const bool twos = flag(binary);
  const double base = twos ? 1024 : 1000;
  if (bytes == 1) return "1 Byte";
  if (bytes < base) return std::to_string(whole(bytes)) + " Bytes";
  constexpr std::array<const char*, 8> tens{"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  constexpr std::array<const char*, 8> binaries{"KiB", "MiB", "GiB", "TiB",
                                                "PiB", "EiB", "ZiB", "YiB"};
  // The nearest double to 10^24 is slightly less than 10^24.
  const auto is_below = [&](double unit) { return unit == 1e24 ? bytes <= unit : bytes < unit; };
  double unit = base * base;
  std::size_t unit_index = 0;
  while (unit_index + 1 < tens.size() && !is_below(unit)) {
    unit *= base;
    ++unit_index;
  }
  const double number = base * bytes / unit;
  std::string text = number < 0 ? "-" : "";
  text += float_digits(number, {.type = 'f', .precision = 1});
  return text + " " + (twos ? binaries : tens)[unit_index];
}

value filter_sum(const arguments& args) {
  const auto [over, attribute, start] =
      bind_arguments<3>(args, "sync_do_sum", {"iterable", "attribute", "start"}, 1, 1);
  render_context& context = args.context();
  const attribute_path path(attribute);
  iteration items(*over, context);
  value sum = start ? *start : value(0);
  if (sum.is_text()) fail(error_kind::type, "sum() can't sum strings [use ''.join(seq) instead]");
  for (value item; items.next(item);) sum = detail::add(sum, path.of(item, context), context);
  return sum;
}

}  // namespace

std::int64_t integer_in(const value& text, std::int64_t base, render_context& context) {
  const scratch_memory reading(context, bytes_to_read(text));
  const integer_text read = read_integer(text.as_text(), static_cast<int>(base));
  if (read.outcome == integer_text::result::read) return read.number;
  if (read.outcome == integer_text::result::too_large) {
    fail_overflow();
  }
  fail(error_kind::value, "invalid literal for int() with base " + std::to_string(base) + ": " +
                              repr_of(value(text.as_text()), context));
}

double float_in(const value& text, render_context& context) {
  const scratch_memory reading(context, bytes_to_read(text));
  if (const auto number = read_float(text.as_text())) return *number;
  fail(error_kind::value, "could not convert string to float: " + repr_of(text, context));
}

void add_number_filters(environment::names& filters) {
  add(filters, "abs", filter_abs);
  add(filters, "int", filter_int);
  add(filters, "float", filter_float);
  add(filters, "round", filter_round);
  add(filters, "filesizeformat", filter_filesizeformat);
  add(filters, "sum", filter_sum);
}

}  // namespace aldis::templates::detail
