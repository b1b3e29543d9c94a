#include "python_operations.hpp"

#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include "heap_values.hpp"
#include "keyed_hash.hpp"
#include "language/literals.hpp"
#include "memory.hpp"
#include "text/search.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace aldis::templates::detail {

namespace {

thread_local unsigned nesting = 0;

/// The maximum nesting of values for recursive operations.
constexpr unsigned deepest = 300;

std::string in_words(std::string_view before, const value& of, std::string_view after) {
  return std::string(before).append(type_name(of)).append(after);
}

bool is_strict(const value& of) noexcept {
  return of.is_undefined() && undefined_of(of).policy == undefined_policy::strict;
}

/// Compares an integer and a float without rounding the integer. Nothing for NaN.
std::optional<int> compare_numbers(std::int64_t a, double b) noexcept {
  if (std::isnan(b)) return std::nullopt;
  if (b >= 9223372036854775808.0) return -1;
  if (b < -9223372036854775808.0) return 1;
  const double whole = std::trunc(b);
  const auto integer = static_cast<std::int64_t>(whole);
  if (a != integer) return a < integer ? -1 : 1;
  if (b == whole) return 0;
  return b > whole ? -1 : 1;
}

std::optional<int> compare_numbers(const value& a, const value& b) noexcept {
  if (a.is_integral() && b.is_integral()) {
    const std::int64_t x = a.as_integer();
    const std::int64_t y = b.as_integer();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is_integral()) return compare_numbers(a.as_integer(), b.as_floating());
  if (b.is_integral()) {
    const auto reversed = compare_numbers(b.as_integer(), a.as_floating());
    return reversed ? std::optional(-*reversed) : std::nullopt;
  }
  const double x = a.as_floating();
  const double y = b.as_floating();
  if (std::isnan(x) || std::isnan(y)) return std::nullopt;
  return x < y ? -1 : x > y ? 1 : 0;
}

bool equal_items(const list& a, const list& b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](const value& x, const value& y) { return same_or_equal(x, y); });
}

bool equal_dicts(const dict& a, const dict& b) {
  if (a.size() != b.size()) return false;
  for (const dict::entry& each : a) {
    const value* const other = b.find(each.key);
    if (!other || !same_or_equal(*other, each.mapped)) return false;
  }
  return true;
}

}  // namespace

nesting_guard::nesting_guard(std::size_t items) {
  if (nesting == deepest) fail(error_kind::recursion, "maximum recursion depth exceeded");
  count_work(items + 1);
  ++nesting;
}
nesting_guard::~nesting_guard() { --nesting; }

std::string_view type_name(const value& of) noexcept {
  switch (of.kind()) {
    case value_kind::undefined: {
      switch (undefined_of(of).policy) {
        case undefined_policy::strict:
          return "StrictUndefined";
        case undefined_policy::debug:
          return "DebugUndefined";
        case undefined_policy::chainable:
          return "ChainableUndefined";
        default:
          return "Undefined";
      }
    }
    case value_kind::none:
      return "NoneType";
    case value_kind::boolean:
      return "bool";
    case value_kind::integer:
      return "int";
    case value_kind::floating:
      return "float";
    case value_kind::text:
      return "str";
    case value_kind::markup:
      return "Markup";
    case value_kind::list:
      return "list";
    case value_kind::tuple:
      // The only named tuple is that of groupby.
      return static_cast<const tuple_node&>(*of.shared()).names.empty() ? "tuple" : "_GroupTuple";
    case value_kind::dict:
      return "dict";
    case value_kind::object:
      return of.as_object().type_name();
  }
  return "object";
}

std::string description(const value& of) {
  switch (of.kind()) {
    case value_kind::none:
      return "None";
    case value_kind::markup:
      return "markupsafe.Markup object";
    case value_kind::object:
      return of.as_object().description();
    case value_kind::undefined:
      return in_words("jinja2.runtime.", of, " object");
    default:
      return in_words("", of, " object");
  }
}

std::string undefined_node::message() const {
  if (!hint.empty()) return hint;
  // The quoted text and the complete message.
  if (name.is_text()) count_bytes_made(3 * name.as_text().size());
  const std::string quoted_name = name.is_text() ? in_quotes(name.as_text()) : std::string();
  if (owner.empty()) return quoted_name + " is undefined";
  if (name.is_text()) return in_quotes(owner) + " has no attribute " + quoted_name;
  return owner + " has no element " + key;
}

const undefined_node& undefined_of(const value& what) noexcept {
  static const undefined_node unknown;
  return what.shared() ? static_cast<const undefined_node&>(*what.shared()) : unknown;
}

void fail_undefined(const value& undefined) {
  fail(error_kind::undefined, undefined_of(undefined).message());
}

void fail_overflow() { fail(error_kind::overflow, "the number does not fit into 64 bits"); }

std::int64_t integer_of(const value& number) {
  if (number.is_integral()) return number.as_integer();
  fail(error_kind::type,
       "'" + std::string(type_name(number)) + "' object cannot be interpreted as an integer");
}

bool truth(const value& of) {
  switch (of.kind()) {
    case value_kind::undefined:
      if (is_strict(of)) fail_undefined(of);
      return false;
    case value_kind::none:
      return false;
    case value_kind::boolean:
    case value_kind::integer:
      return of.as_integer() != 0;
    case value_kind::floating:
      return of.as_floating() != 0;
    case value_kind::text:
    case value_kind::markup:
      return !of.as_text().empty();
    case value_kind::list:
    case value_kind::tuple:
      return !of.as_items().empty();
    case value_kind::dict:
      return !of.as_dict().empty();
    case value_kind::object:
      return of.as_object().truth();
  }
  return true;
}

bool equal(const value& a, const value& b) {
  for (const value* const each : {&a, &b}) {
    if (each->is_undefined() && is_strict(*each)) fail_undefined(*each);
  }
  if (a.is(value_kind::object)) return a.as_object().equals(b);
  if (b.is(value_kind::object)) return b.as_object().equals(a);
  if (a.is_number() && b.is_number()) return compare_numbers(a, b) == std::optional(0);
  if (a.is_text() && b.is_text()) {
    const std::string_view text = a.as_text();
    if (text.size() != b.as_text().size()) return false;
    if (a.shared() && a.shared() == b.shared()) return true;
    count_bytes(text.size());
    return text == b.as_text();
  }
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case value_kind::undefined:
      return type_name(a) == type_name(b);
    case value_kind::none:
      return true;
    case value_kind::list:
    case value_kind::tuple: {
      const nesting_guard deeper(a.as_items().size());
      return equal_items(a.as_items(), b.as_items());
    }
    case value_kind::dict: {
      const nesting_guard deeper(a.as_dict().size());
      return equal_dicts(a.as_dict(), b.as_dict());
    }
    default:
      return false;
  }
}

bool same_or_equal(const value& a, const value& b) {
  // Equal text is the same, and equal() counts the time of the comparison.
  return (!a.is_text() && a.same_as(b)) || equal(a, b);
}

std::optional<int> compare(const value& a, const value& b, std::string_view symbol) {
  for (const value* const each : {&a, &b}) {
    if (each->is_undefined()) fail_undefined(*each);
  }
  if (a.is_number() && b.is_number()) return compare_numbers(a, b);
  // The byte order of UTF-8 is the order of code points.
  if (a.is_text() && b.is_text()) {
    count_bytes(std::min(a.as_text().size(), b.as_text().size()));
    return a.as_text().compare(b.as_text());
  }
  if (a.kind() == b.kind() && (a.is(value_kind::list) || a.is(value_kind::tuple))) {
    const nesting_guard deeper(a.as_items().size());
    const list& x = a.as_items();
    const list& y = b.as_items();
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
      if (!same_or_equal(x[i], y[i])) return compare(x[i], y[i], symbol);
    }
    return x.size() < y.size() ? -1 : x.size() > y.size() ? 1 : 0;
  }
  if (a.is(value_kind::object)) {
    if (const auto found = a.as_object().compare(b)) return found;
  } else if (b.is(value_kind::object)) {
    if (const auto found = b.as_object().compare(a)) return -*found;
  }
  fail(error_kind::type, "'" + std::string(symbol) + "' not supported between instances of '" +
                             std::string(type_name(a)) + "' and '" + std::string(type_name(b)) +
                             "'");
}

std::size_t hash(std::string_view text) noexcept { return keyed_hash(text); }

std::size_t hash(const value& of) {
  switch (of.kind()) {
    case value_kind::undefined:
      if (is_strict(of)) fail_undefined(of);
      return 1;
    case value_kind::none:
      return 2;
    case value_kind::boolean:
    case value_kind::integer:
      return keyed_hash(static_cast<std::uint64_t>(of.as_integer()));
    case value_kind::floating: {
      const double number = of.as_floating();
      // Equal numbers of different types have equal hashes.
      if (number == std::trunc(number) && std::fabs(number) < 9.2e18) {
        return keyed_hash(static_cast<std::uint64_t>(static_cast<std::int64_t>(number)));
      }
      return keyed_hash(std::bit_cast<std::uint64_t>(number));
    }
    case value_kind::text:
    case value_kind::markup:
      count_text(of.as_text().size());
      return hash(of.as_text());
    case value_kind::tuple: {
      const nesting_guard deeper(of.as_tuple().size());
      std::size_t result = 3;
      for (const value& each : of.as_tuple()) {
        result = (result ^ hash(each)) * 0x9e3779b97f4a7c15U;
      }
      return result;
    }
    case value_kind::object:
      return keyed_hash(of.as_object().hash());
    default:
      fail(error_kind::type, in_words("unhashable type: '", of, "'"));
  }
}

bool contains(const value& container, const value& what, render_context& context) {
  switch (container.kind()) {
    case value_kind::text:
    case value_kind::markup:
      if (!what.is_text()) {
        fail(error_kind::type,
             in_words("'in <string>' requires string as left operand, not ", what, ""));
      }
      count_text(container.as_text().size());
      return find_text(container.as_text(), what.as_text()) != std::string_view::npos;
    case value_kind::list:
    case value_kind::tuple: {
      context.count_steps(container.as_items().size());
      return std::any_of(container.as_items().begin(), container.as_items().end(),
                         [&](const value& each) { return same_or_equal(each, what); });
    }
    case value_kind::dict:
      return std::as_const(container.as_dict()).find(what) != nullptr;
    case value_kind::object:
      if (const auto known = container.as_object().contains(what, context)) return *known;
      break;
    case value_kind::undefined:
      if (is_strict(container)) fail_undefined(container);
      return false;
    default:
      break;
  }
  if (!is_iterable(container)) {
    fail(error_kind::type, in_words("argument of type '", container, "' is not iterable"));
  }
  iteration items(container, context);
  for (value each; items.next(each);) {
    if (same_or_equal(each, what)) return true;
  }
  return false;
}

std::optional<std::size_t> length_if_any(const value& of) {
  switch (of.kind()) {
    case value_kind::undefined:
      return is_strict(of) ? std::nullopt : std::optional<std::size_t>(0);
    case value_kind::text:
    case value_kind::markup:
      return count_characters(of.as_text());
    case value_kind::list:
    case value_kind::tuple:
      return of.as_items().size();
    case value_kind::dict:
      return of.as_dict().size();
    case value_kind::object:
      return of.as_object().size();
    default:
      return std::nullopt;
  }
}

void check_length(std::size_t length) {
  if (length > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max())) {
    fail(error_kind::overflow, "Python int too large to convert to C ssize_t");
  }
}

std::size_t length(const value& of) {
  if (const auto found = length_if_any(of)) {
    check_length(*found);
    return *found;
  }
  if (of.is_undefined()) fail_undefined(of);
  fail(error_kind::type, in_words("object of type '", of, "' has no len()"));
}

bool is_callable(const value& of) noexcept {
  // Undefined values have a __call__, which fails.
  return of.is_undefined() || (of.is(value_kind::object) && of.as_object().is_callable());
}

bool is_iterable(const value& of) {
  switch (of.kind()) {
    case value_kind::none:
    case value_kind::boolean:
    case value_kind::integer:
    case value_kind::floating:
      return false;
    case value_kind::object:
      return of.as_object().is_iterable();
    default:
      return true;
  }
}

list items_of(const value& of, render_context& context) {
  list result;
  if (of.is(value_kind::list) || of.is(value_kind::tuple)) {
    context.count_steps(of.as_items().size());
    context.count_memory(of.as_items().size() * sizeof(value));
    result = of.as_items();
    return result;
  }
  iteration items(of, context);
  for (value each; items.next(each);) append(result, std::move(each), context);
  return result;
}

void allow_change(const value& container) {
  const bool changeable = container.is(value_kind::list)
                              ? static_cast<const list_node&>(*container.shared()).changeable
                              : !container.is(value_kind::dict) ||
                                    static_cast<const dict_node&>(*container.shared()).changeable;
  if (!changeable) {
    fail(error_kind::type, in_words("a template cannot change a ", container,
                                    " that it was given; make a copy of it: x|list, dict(x)"));
  }
}

void allow_change(const value& container, const value& added, render_context& context) {
  allow_change(container);
  // Only a value that refers to others can be part of a cycle.
  if (added.shared() && !added.is_text() && !added.is_undefined()) context.remember(container);
}

}  // namespace aldis::templates::detail
