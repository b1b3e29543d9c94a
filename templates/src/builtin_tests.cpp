// The built-in tests, as in `x is defined`.

#include <aldis/templates/object.hpp>

#include "builtins.hpp"
#include "filters/filters.hpp"
#include "heap_values.hpp"
#include "methods/methods.hpp"
#include "python_operations.hpp"

namespace aldis::templates::detail {

namespace {

const value& tested(const arguments& args, std::string_view name) {
  return *bind_arguments<1>(args, name, {"value"}, 1)[0];
}

value test_odd(const arguments& args) {
  return equal(modulo(tested(args, "test_odd"), 2, args.context()), 1);
}
value test_even(const arguments& args) {
  return equal(modulo(tested(args, "test_even"), 2, args.context()), 0);
}
value test_divisibleby(const arguments& args) {
  const auto [of, by] = bind_arguments<2>(args, "test_divisibleby", {"value", "num"}, 2);
  return equal(modulo(*of, *by, args.context()), 0);
}

value test_defined(const arguments& args) { return !tested(args, "test_defined").is_undefined(); }
value test_undefined(const arguments& args) {
  return tested(args, "test_undefined").is_undefined();
}

/// Whether there is a filter, or test, of this name.
value is_name_in(const environment::names& names, const value& name) {
  hash(name);  // fails for an unhashable value, as Python does
  return name.is_text() && names.contains(name.as_text());
}
value test_filter(const arguments& args) {
  const auto [name] = bind_arguments<1>(args, "test_filter", {"value"}, 1, 1);
  return is_name_in(args.context().env().filters, *name);
}
value test_test(const arguments& args) {
  const auto [name] = bind_arguments<1>(args, "test_test", {"value"}, 1, 1);
  return is_name_in(args.context().env().tests, *name);
}

value test_none(const arguments& args) { return tested(args, "test_none").is_none(); }
value test_boolean(const arguments& args) {
  return tested(args, "test_boolean").is(value_kind::boolean);
}
value test_false(const arguments& args) {
  const value& of = tested(args, "test_false");
  return of.is(value_kind::boolean) && !of.as_boolean();
}
value test_true(const arguments& args) {
  const value& of = tested(args, "test_true");
  return of.is(value_kind::boolean) && of.as_boolean();
}
value test_integer(const arguments& args) {
  return tested(args, "test_integer").is(value_kind::integer);
}
value test_float(const arguments& args) {
  return tested(args, "test_float").is(value_kind::floating);
}
value test_number(const arguments& args) { return tested(args, "test_number").is_number(); }
value test_string(const arguments& args) { return tested(args, "test_string").is_text(); }

value test_lower(const arguments& args) {
  const value text = text_of(tested(args, "test_lower"), args.context());
  return call_method(text, "islower", {}, args.context());
}
value test_upper(const arguments& args) {
  const value text = text_of(tested(args, "test_upper"), args.context());
  return call_method(text, "isupper", {}, args.context());
}

value test_mapping(const arguments& args) {
  const value& of = tested(args, "test_mapping");
  return of.is(value_kind::dict) || (of.is(value_kind::object) && of.as_object().is_mapping());
}
value test_sequence(const arguments& args) {
  const value& of = tested(args, "test_sequence");
  switch (of.kind()) {
    case value_kind::undefined:  // has a length unless it is strict
      return undefined_of(of).policy != undefined_policy::strict;
    case value_kind::text:
    case value_kind::markup:
    case value_kind::list:
    case value_kind::tuple:
    case value_kind::dict:
      return true;
    case value_kind::object:
      return of.as_object().size() && (of.as_object().is_sequence() || of.as_object().is_mapping());
    default:
      return false;
  }
}
value test_iterable(const arguments& args) {
  const value& of = tested(args, "test_iterable");
  if (of.is_undefined() && undefined_of(of).policy == undefined_policy::strict) {
    fail_undefined(of);
  }
  return is_iterable(of);
}
value test_callable(const arguments& args) { return is_callable(only_argument(args, "callable")); }
value test_escaped(const arguments& args) { return has_html_method(tested(args, "test_escaped")); }

value test_sameas(const arguments& args) {
  const auto [of, other] = bind_arguments<2>(args, "test_sameas", {"value", "other"}, 2);
  return of->same_as(*other);
}
value test_in(const arguments& args) {
  const auto [of, sequence] = bind_arguments<2>(args, "test_in", {"value", "seq"}, 2);
  return contains(*sequence, *of, args.context());
}

/// The operands of a comparison by a function of Python's operator module.
std::pair<const value&, const value&> sides(const arguments& args, std::string_view name) {
  const auto all = args.positional();
  if (!args.keywords().empty()) {
    fail(error_kind::type, "_operator." + std::string(name) + "() takes no keyword arguments");
  }
  if (all.size() != 2) {
    fail(error_kind::type,
         std::string(name) + " expected 2 arguments, got " + std::to_string(all.size()));
  }
  return {all[0], all[1]};
}

value test_eq(const arguments& args) {
  const auto [a, b] = sides(args, "eq");
  return equal(a, b);
}
value test_ne(const arguments& args) {
  const auto [a, b] = sides(args, "ne");
  return !equal(a, b);
}
value test_lt(const arguments& args) {
  const auto [a, b] = sides(args, "lt");
  return compare(a, b, "<").value_or(1) < 0;
}
value test_le(const arguments& args) {
  const auto [a, b] = sides(args, "le");
  return compare(a, b, "<=").value_or(1) <= 0;
}
value test_gt(const arguments& args) {
  const auto [a, b] = sides(args, "gt");
  return compare(a, b, ">").value_or(-1) > 0;
}
value test_ge(const arguments& args) {
  const auto [a, b] = sides(args, "ge");
  return compare(a, b, ">=").value_or(-1) >= 0;
}

}  // namespace

void add_tests(environment::names& tests) {
  add(tests, "odd", test_odd);
  add(tests, "even", test_even);
  add(tests, "divisibleby", test_divisibleby);
  add(tests, "defined", test_defined);
  add(tests, "undefined", test_undefined);
  add(tests, "filter", test_filter);
  add(tests, "test", test_test);
  add(tests, "none", test_none);
  add(tests, "boolean", test_boolean);
  add(tests, "false", test_false);
  add(tests, "true", test_true);
  add(tests, "integer", test_integer);
  add(tests, "float", test_float);
  add(tests, "lower", test_lower);
  add(tests, "upper", test_upper);
  add(tests, "string", test_string);
  add(tests, "mapping", test_mapping);
  add(tests, "number", test_number);
  add(tests, "sequence", test_sequence);
  add(tests, "iterable", test_iterable);
  add(tests, "callable", test_callable);
  add(tests, "sameas", test_sameas);
  add(tests, "escaped", test_escaped);
  add(tests, "in", test_in);
  for (const char* name : {"==", "eq", "equalto"}) add(tests, name, test_eq);
  for (const char* name : {"!=", "ne"}) add(tests, name, test_ne);
  for (const char* name : {"<", "lt", "lessthan"}) add(tests, name, test_lt);
  for (const char* name : {"<=", "le"}) add(tests, name, test_le);
  for (const char* name : {">", "gt", "greaterthan"}) add(tests, name, test_gt);
  for (const char* name : {">=", "ge"}) add(tests, name, test_ge);
}

}  // namespace aldis::templates::detail
