#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>

#include "sources.hpp"
#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

// oracle/ compares the filters with those of Jinja. This file tests the limits, which Jinja does
// not have.

namespace t = aldis::templates;

namespace {

std::string rendered(std::string_view source, const t::limits& limits = {}) {
  return ::rendered(t::environment{{.limits = limits}}, source);
}

/// Whether rendering ends with the error of a limit, and not with a page or out of memory.
bool is_limited(std::string_view source, const t::limits& limits = {}) {
  return rendered(source, limits).starts_with("LimitError: ");
}

}  // namespace

TEST_CASE("widened text is counted before it is made") {
  CHECK(is_limited("{{ 'a'|center(1000000000000) }}"));
  CHECK(is_limited("{{ 'a'.ljust(1000000000000) }}"));
  CHECK(is_limited("{{ 'a'.rjust(9223372036854775807) }}"));
  CHECK(is_limited("{{ 'a'.center(9223372036854775807, 'é') }}"));
  CHECK(is_limited("{{ '7'.zfill(1000000000000) }}"));
  CHECK(is_limited("{{ '\t'.expandtabs(1000000000000) }}"));
  CHECK(is_limited("{{ 'a\nb'|indent(1000000000000) }}"));
  CHECK(is_limited("{{ [1]|tojson(1000000000000) }}"));
}

TEST_CASE("the result of a format is counted before it is made") {
  CHECK(is_limited("{{ '%1000000000000d' % 1 }}"));
  CHECK(is_limited("{{ '%*d' % (9223372036854775807, 1) }}"));
  CHECK(is_limited("{{ '%.2147483647f' % 1.5 }}"));
  CHECK(is_limited("{{ '%.2000000000d' % 1 }}"));
  CHECK(is_limited("{{ '{:1000000000000}'.format('a') }}"));
  CHECK(is_limited("{{ '{:é>9223372036854775807}'.format(1) }}"));
  CHECK(is_limited("{{ '{:.9223372036854775807f}'.format(1.5) }}"));
  CHECK(is_limited("{{ '{:0{}}'.format(1, 9223372036854775807) }}"));
}

TEST_CASE("filled lists are counted before they are made") {
  CHECK(is_limited("{{ [1]|batch(1000000000000, 0)|list }}"));
  CHECK(is_limited("{{ [1]|batch(9223372036854775807, 0)|list }}"));
  CHECK(is_limited("{{ [1]|slice(1000000000000, 0)|list }}"));
}

TEST_CASE("text that grows with its content is counted") {
  CHECK(is_limited("{% set t = 'a' * 1000000 %}{{ t|replace('', t) }}"));
  CHECK(is_limited("{% set t = 'a' * 100000 %}{{ (',' * 100000)|replace(',', t) }}"));
  CHECK(is_limited("{% set t = 'a' * 1000000 %}{{ range(1000)|join(t) }}"));
  CHECK(is_limited("{% set t = 'a' * 1000000 %}{{ t.join('b' * 1000) }}"));
  CHECK(is_limited("{{ ('\n' * 1000000)|indent('a' * 1000, blank=true) }}"));
  CHECK(is_limited("{{ ('aa.com ' * 10000)|urlize(target='a' * 100000) }}"));
}

TEST_CASE("a list that contains a list many times is printed up to a limit") {
  const std::string doubled =
      "{% set ns = namespace(x=['a']) %}"
      "{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";

  const t::limits few{.iterations = 500'000};
  CHECK(is_limited(doubled + "{{ ns.x }}", few));
  CHECK(is_limited(doubled + "{{ ns.x|tojson }}", few));
  CHECK(is_limited(doubled + "{{ ns.x|pprint }}", few));
  CHECK(is_limited(doubled + "{{ '%s' % (ns.x,) }}", few));
}

TEST_CASE("values nested too deep are an error wherever they are traversed") {
  const std::string nested =
      "{% set ns = namespace(x=['a']) %}"
      "{% for i in range(100000) %}{% set ns.x = [ns.x] %}{% endfor %}";
  const std::string too_deep = "RecursionError: maximum recursion depth exceeded";

  CHECK(rendered(nested + "{{ ns.x }}").starts_with(too_deep));
  CHECK(rendered(nested + "{{ ns.x|tojson }}").starts_with(too_deep));
  CHECK(rendered(nested + "{{ ns.x|pprint }}").starts_with(too_deep));
}

TEST_CASE("numbers that do not fit into 64 bits are an error") {
  const std::string too_large = "OverflowError: the number does not fit into 64 bits";

  CHECK(rendered("{{ 1e20|int }}") == too_large);
  CHECK(rendered("{{ '9223372036854775808'|int }}") == too_large);
  CHECK(rendered("{{ 9223372036854775807|round(-1) }}") == too_large);
  CHECK(rendered("{{ (5e-324).as_integer_ratio() }}") == too_large);
}

TEST_CASE("a lazy filter fails when its items are requested") {
  CHECK(rendered("{% set m = 1|map('upper') %}ok") == "ok");
  CHECK(rendered("{{ 1|map('upper')|list }}") == "TypeError: 'int' object is not iterable");
}

TEST_CASE("a generator returns each item once, to all of its loops together") {
  CHECK(rendered("{% set m = [1, 2, 3]|map('string') %}{{ m|first }}{{ m|join }}{{ m|join }}") ==
        "123");
}

TEST_CASE("a generator that requests an item from itself is an error") {
  t::value kept;
  t::environment env;
  env.filters["keep"] = [&](const t::value& generator) { return kept = generator; };
  env.filters["again"] = [&](t::render_context& context, std::int64_t) {
    return context.apply_filter("first", {&kept, 1});
  };

  std::string message;
  try {
    (void)env.from_string("{{ ([1]|map('again')|keep)|first }}").render();
  } catch (const t::error& failure) {
    message = failure.message();
  }
  CHECK(message == "generator already executing");
}

TEST_CASE("the output of a generator contains no address") {
  CHECK(rendered("{{ [1]|map('string') }}") == "<generator object sync_do_map>");
  CHECK(rendered("{{ [1]|reverse }}") == "<list_reverseiterator object>");
}

TEST_CASE("a random item is one of the items") {
  CHECK(rendered("{{ [7]|random }}{{ 'a'|random }}{{ []|random }}") == "7a");
}
