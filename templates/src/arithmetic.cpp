#include <aldis/templates/error.hpp>

#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace aldis::templates::detail {

namespace {

[[noreturn]] void fail_operands(std::string_view symbol, const value& a, const value& b) {
  for (const value* const each : {&a, &b}) {
    if (each->is_undefined()) fail_undefined(*each);
  }
  fail(error_kind::type, "unsupported operand type(s) for " + std::string(symbol) + ": '" +
                             std::string(type_name(a)) + "' and '" + std::string(type_name(b)) +
                             "'");
}

bool are_integers(const value& a, const value& b) noexcept {
  return a.is_integral() && b.is_integral();
}
bool are_numbers(const value& a, const value& b) noexcept { return a.is_number() && b.is_number(); }

[[noreturn]] void fail_zero(std::string_view message) {
  fail(error_kind::zero_division, std::string(message));
}

std::string joined(std::string_view a, std::string_view b) {
  std::string result;
  result.reserve(a.size() + b.size());
  result.append(a).append(b);
  return result;
}

value add_texts(const value& a, const value& b, render_context& context) {
  const std::size_t size = a.as_text().size() + b.as_text().size();
  if (!a.is_markup() && !b.is_markup()) {
    const scratch_memory together(context, size);
    return value(joined(a.as_text(), b.as_text()));
  }
  // Adding text to markup escapes the text.
  const std::size_t escaped = (a.is_markup() ? 0 : escaped_size(a.as_text())) +
                              (b.is_markup() ? 0 : escaped_size(b.as_text()));
  std::string result;
  make_room(result, size + escaped, context);
  for (const value* const each : {&a, &b}) {
    if (each->is_markup()) {
      result.append(each->as_text());
    } else {
      append_escaped(result, each->as_text());
    }
  }
  return value(value_kind::markup, result);
}

list added_items(const value& a, const value& b, render_context& context) {
  context.count_memory((a.as_items().size() + b.as_items().size()) * sizeof(value));
  list result;
  result.reserve(a.as_items().size() + b.as_items().size());
  result = a.as_items();
  result.insert(result.end(), b.as_items().begin(), b.as_items().end());
  return result;
}

value repeat(const value& what, std::int64_t times, render_context& context) {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(times, 0));
  const std::uint64_t size =
      what.is_text() ? what.as_text().size() : what.as_items().size() * sizeof(value);
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(size, count, &bytes)) bytes = std::numeric_limits<std::int64_t>::max();
  if (what.is_text()) {
    const scratch_memory together(context, bytes);
    std::string result;
    result.reserve(bytes);
    for (std::uint64_t i = 0; i < count && size > 0; ++i) result.append(what.as_text());
    return value(what.kind(), result);
  }
  context.count_memory(bytes);
  list result;
  const list& items = what.as_items();
  result.reserve(items.size() * count);
  for (std::uint64_t i = 0; i < count && size > 0; ++i) {
    result.insert(result.end(), items.begin(), items.end());
  }
  if (what.is(value_kind::tuple)) return value(tuple{std::move(result)});
  return value(std::move(result));
}

bool is_repeatable(const value& of) noexcept {
  return of.is_text() || of.is(value_kind::list) || of.is(value_kind::tuple);
}

/// Rounds toward negative infinity, as Python does.
std::int64_t floor_quotient(std::int64_t a, std::int64_t b) noexcept {
  const std::int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

double floor_remainder(double a, double b) noexcept {
  double remainder = std::fmod(a, b);
  if (remainder != 0) {
    if ((b < 0) != (remainder < 0)) remainder += b;
  } else {
    remainder = std::copysign(0.0, b);
  }
  return remainder;
}

double floor_quotient(double a, double b) noexcept {
  const double remainder = std::fmod(a, b);
  double quotient = (a - remainder) / b;
  if (remainder != 0 && (b < 0) != (remainder < 0)) quotient -= 1.0;
  if (quotient == 0) return std::copysign(0.0, a / b);
  double whole = std::floor(quotient);
  if (quotient - whole > 0.5) whole += 1.0;
  return whole;
}

}  // namespace

value add(const value& a, const value& b, render_context& context) {
  if (are_integers(a, b)) {
    std::int64_t result = 0;
    if (__builtin_add_overflow(a.as_integer(), b.as_integer(), &result)) fail_overflow();
    return value(result);
  }
  if (are_numbers(a, b)) return value(a.as_floating() + b.as_floating());
  if (a.is_text() && b.is_text()) return add_texts(a, b, context);
  if (a.is(value_kind::list) && b.is(value_kind::list)) return value(added_items(a, b, context));
  if (a.is(value_kind::tuple) && b.is(value_kind::tuple)) {
    return value(tuple{added_items(a, b, context)});
  }
  // The string form of these undefined values is empty markup.
  if (a.is_markup() && b.is_undefined() && undefined_of(b).policy == undefined_policy::chainable) {
    return a;
  }
  const auto fail_concatenation = [&](std::string_view what) {
    fail(error_kind::type, "can only concatenate " + std::string(what) + " (not \"" +
                               std::string(type_name(b)) + "\") to " + std::string(what));
  };
  if (!b.is_undefined()) {
    if (a.is(value_kind::text)) fail_concatenation("str");
    if (a.is(value_kind::list)) fail_concatenation("list");
    if (a.is(value_kind::tuple)) fail_concatenation("tuple");
  }
  fail_operands("+", a, b);
}

value subtract(const value& a, const value& b, render_context&) {
  if (are_integers(a, b)) {
    std::int64_t result = 0;
    if (__builtin_sub_overflow(a.as_integer(), b.as_integer(), &result)) fail_overflow();
    return value(result);
  }
  if (are_numbers(a, b)) return value(a.as_floating() - b.as_floating());
  fail_operands("-", a, b);
}

value multiply(const value& a, const value& b, render_context& context) {
  if (are_integers(a, b)) {
    std::int64_t result = 0;
    if (__builtin_mul_overflow(a.as_integer(), b.as_integer(), &result)) fail_overflow();
    return value(result);
  }
  if (are_numbers(a, b)) return value(a.as_floating() * b.as_floating());
  if (is_repeatable(a) && b.is_integral()) return repeat(a, b.as_integer(), context);
  if (is_repeatable(b) && a.is_integral()) return repeat(b, a.as_integer(), context);
  for (const auto& [sequence, other] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    if (is_repeatable(*sequence) && !other->is_undefined()) {
      fail(error_kind::type,
           "can't multiply sequence by non-int of type '" + std::string(type_name(*other)) + "'");
    }
  }
  fail_operands("*", a, b);
}

value divide(const value& a, const value& b, render_context&) {
  if (!are_numbers(a, b)) fail_operands("/", a, b);
  const double divisor = b.as_floating();
  if (divisor == 0) {
    fail_zero(are_integers(a, b) ? "division by zero" : "float division by zero");
  }
  if (are_integers(a, b)) {
    // long double holds 64 bits, so that large integers are divided exactly, then rounded.
    return value(static_cast<double>(static_cast<long double>(a.as_integer()) /
                                     static_cast<long double>(b.as_integer())));
  }
  return value(a.as_floating() / divisor);
}

value floor_divide(const value& a, const value& b, render_context&) {
  if (!are_numbers(a, b)) fail_operands("//", a, b);
  if (are_integers(a, b)) {
    const std::int64_t divisor = b.as_integer();
    if (divisor == 0) fail_zero("integer division or modulo by zero");
    if (divisor == -1) return negative(value(a.as_integer()));
    return value(floor_quotient(a.as_integer(), divisor));
  }
  if (b.as_floating() == 0) fail_zero("float floor division by zero");
  return value(floor_quotient(a.as_floating(), b.as_floating()));
}

value modulo(const value& a, const value& b, render_context& context) {
  if (a.is_text()) return format_percent(a, b, context);
  if (!are_numbers(a, b)) fail_operands("%", a, b);
  if (are_integers(a, b)) {
    const std::int64_t divisor = b.as_integer();
    if (divisor == 0) fail_zero("integer modulo by zero");
    if (divisor == -1) return value(0);
    return value(a.as_integer() - floor_quotient(a.as_integer(), divisor) * divisor);
  }
  if (b.as_floating() == 0) fail_zero("float modulo");
  return value(floor_remainder(a.as_floating(), b.as_floating()));
}

value power(const value& a, const value& b, render_context&) {
  if (!are_numbers(a, b)) fail_operands("** or pow()", a, b);
  if (are_integers(a, b) && b.as_integer() >= 0) {
    std::int64_t result = 1;
    std::int64_t base = a.as_integer();
    for (std::int64_t exponent = b.as_integer(); exponent > 0; exponent >>= 1) {
      if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) fail_overflow();
      if (exponent > 1 && __builtin_mul_overflow(base, base, &base)) {
        if (base != 0 && base != 1) fail_overflow();
      }
    }
    return value(result);
  }
  const double base = a.as_floating();
  const double exponent = b.as_floating();
  if (base == 0 && exponent < 0) fail_zero("0.0 cannot be raised to a negative power");
  if (base < 0 && std::isfinite(base) && std::isfinite(exponent) &&
      exponent != std::trunc(exponent)) {
    fail(error_kind::value, "a negative number to a fractional power is a complex number");
  }
  const double result = std::pow(base, exponent);
  if (std::isinf(result) && std::isfinite(base) && std::isfinite(exponent)) {
    fail(error_kind::overflow, "(34, 'Numerical result out of range')");
  }
  return value(result);
}

namespace {

[[noreturn]] void fail_unary(std::string_view symbol, const value& of) {
  if (of.is_undefined()) fail_undefined(of);
  fail(error_kind::type, "bad operand type for unary " + std::string(symbol) + ": '" +
                             std::string(type_name(of)) + "'");
}

}  // namespace

value negative(const value& of) {
  if (of.is_integral()) {
    std::int64_t result = 0;
    if (__builtin_sub_overflow(std::int64_t{0}, of.as_integer(), &result)) fail_overflow();
    return value(result);
  }
  if (of.is(value_kind::floating)) return value(-of.as_floating());
  fail_unary("-", of);
}

value positive(const value& of) {
  if (of.is_integral()) return value(of.as_integer());
  if (of.is(value_kind::floating)) return of;
  fail_unary("+", of);
}

}  // namespace aldis::templates::detail
