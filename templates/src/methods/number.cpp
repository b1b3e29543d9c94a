// bit_length(), is_integer(), ...

#include "methods/methods.hpp"
#include "text/numbers.hpp"

#include <bit>
#include <cmath>

namespace aldis::templates::detail {

namespace {

value integer_bit_count(const value& self, const arguments& given) {
  const method_call call(self, given);
  call.take_none("int", "bit_count");
  return std::popcount(magnitude(call.self.as_integer()));
}

value integer_bit_length(const value& self, const arguments& given) {
  const method_call call(self, given);
  call.take_none("int", "bit_length");
  return std::bit_width(magnitude(call.self.as_integer()));
}

value integer_conjugate(const value& self, const arguments& given) {
  const method_call call(self, given);
  call.take_none("int", "conjugate");
  return call.self.as_integer();
}

value float_conjugate(const value& self, const arguments& given) {
  const method_call call(self, given);
  call.take_none("float", "conjugate");
  return call.self;
}

value float_is_integer(const value& self, const arguments& given) {
  const method_call call(self, given);
  call.take_none("float", "is_integer");
  return std::isfinite(call.self.as_floating()) &&
         std::trunc(call.self.as_floating()) == call.self.as_floating();
}

constexpr method_entry of_integer[] = {
    {"bit_count", integer_bit_count},
    {"bit_length", integer_bit_length},
    {"conjugate", integer_conjugate},
};

constexpr method_entry of_float[] = {
    {"conjugate", float_conjugate},
    {"is_integer", float_is_integer},
};

}  // namespace

std::span<const method_entry> integer_methods() { return of_integer; }
std::span<const method_entry> float_methods() { return of_float; }

}  // namespace aldis::templates::detail
