// bit_length(), is_integer(), ...

#include "methods/methods.hpp"
#include "text/numbers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aldis::templates::detail {

namespace {

value integer_bit_count(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("int", "bit_count");
  return std::popcount(magnitude(call.self.as_integer()));
}

value integer_bit_length(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("int", "bit_length");
  return std::bit_width(magnitude(call.self.as_integer()));
}

value integer_conjugate(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("int", "conjugate");
  return call.self.as_integer();
}

value integer_as_integer_ratio(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("int", "as_integer_ratio");
  return tuple{{self.as_integer(), 1}};
}

value float_as_integer_ratio(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("float", "as_integer_ratio");
  if (std::isinf(self.as_floating())) {
    fail(error_kind::overflow, "cannot convert Infinity to integer ratio");
  }
  if (std::isnan(self.as_floating())) {
    fail(error_kind::value, "cannot convert NaN to integer ratio");
  }
  int exponent = 0;
  double numerator = std::frexp(self.as_floating(), &exponent);
  while (std::trunc(numerator) != numerator) {
    numerator *= 2;
    --exponent;
  }
  const auto whole = static_cast<std::int64_t>(numerator);
  constexpr int bits = 62;
  const int larger = static_cast<int>(std::bit_width(magnitude(whole))) + std::max(exponent, 0);
  if (whole != 0 && (larger > bits || -exponent > bits)) {
    fail_overflow();
  }
  if (whole == 0) return tuple{{0, 1}};
  const std::int64_t one = 1;
  return tuple{
      {exponent > 0 ? whole * (one << exponent) : whole, exponent < 0 ? one << -exponent : one}};
}

value float_conjugate(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("float", "conjugate");
  return call.self;
}

value float_is_integer(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("float", "is_integer");
  return std::isfinite(call.self.as_floating()) &&
         std::trunc(call.self.as_floating()) == call.self.as_floating();
}

constexpr method_entry of_integer[] = {
    {"as_integer_ratio", integer_as_integer_ratio},
    {"bit_count", integer_bit_count},
    {"bit_length", integer_bit_length},
    {"conjugate", integer_conjugate},
};

constexpr method_entry of_float[] = {
    {"as_integer_ratio", float_as_integer_ratio},
    {"conjugate", float_conjugate},
    {"is_integer", float_is_integer},
};

}  // namespace

std::span<const method_entry> integer_methods() { return of_integer; }
std::span<const method_entry> float_methods() { return of_float; }

}  // namespace aldis::templates::detail
