#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>

#include "sources.hpp"
#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace t = aldis::templates;

TEST_CASE("typed functions become filters, tests and globals") {
  t::environment env;
  env.filters["shout"] = [](std::string text) { return text + "!"; };
  env.filters["total"] = [](const std::vector<int>& numbers) {
    int sum = 0;
    for (const int n : numbers) sum += n;
    return sum;
  };
  env.tests["short"] = [](std::string_view text) { return text.size() < 4; };
  env.globals["answer"] = [] { return 42; };

  CHECK(rendered(env, "{{ 'hey'|shout }} {{ [1, 2]|total }}") == "hey! 3");
  CHECK(rendered(env, "{{ 'hey' is short }} {{ 'hello' is short }}") == "True False");
  CHECK(rendered(env, "{{ answer() }}") == "42");
}

TEST_CASE("arguments for optional parameters may be omitted") {
  t::environment env;
  env.globals["repeat"] = [](std::string text, std::optional<int> times) {
    std::string result;
    for (int i = 0; i < times.value_or(2); ++i) result += text;
    return result;
  };
  CHECK(rendered(env, "{{ repeat('a') }} {{ repeat('a', 3) }}") == "aa aaa");
}

TEST_CASE("arguments for named parameters may be passed by name") {
  t::environment env;
  env.filters["pad"] = t::named_parameters(
      {"text", "width", "fill"}, [](std::string text, int width, std::optional<std::string> fill) {
        while (text.size() < static_cast<std::size_t>(width)) text += fill.value_or(".");
        return text;
      });
  CHECK(rendered(env, "{{ 'a'|pad(fill='-', width=3) }} {{ 'a'|pad(2) }}") == "a-- a.");
}

TEST_CASE("arguments that do not fit are an error of the template") {
  t::environment env;
  env.globals["twice"] = [](int n) { return 2 * n; };
  CHECK(rendered(env, "{{ twice('x') }}") == "TypeError: argument 1: expected int, got str");
  CHECK(rendered(env, "{{ twice() }}").starts_with("TypeError: "));
  CHECK(rendered(env, "{{ twice(1, 2) }}").starts_with("TypeError: "));
  CHECK(rendered(env, "{{ twice(n=1) }}").starts_with("TypeError: "));
}

TEST_CASE("a function may have the render context as its first parameter") {
  t::environment env;
  env.globals["who"] = [](t::render_context& context) {
    return context.resolve("user").value_or(t::value("nobody"));
  };
  env.globals["escapes"] = [](t::render_context& context) { return context.autoescape(); };
  CHECK(rendered(env, "{{ who() }}", {{"user", "ann"}}) == "ann");
  CHECK(rendered(env, "{{ who() }}") == "nobody");
  CHECK(rendered(env, "{{ escapes() }}{% autoescape true %}{{ escapes() }}{% endautoescape %}") ==
        "FalseTrue");
}

TEST_CASE("a function may take its arguments unconverted, and call other functions") {
  t::environment env;
  env.globals["apply"] = [](const t::arguments& given) {
    return given.context().call(given.positional()[0], given.positional().subspan(1));
  };
  env.globals["upper"] = [](t::render_context& context, const t::value& text) {
    return context.apply_filter("upper", {&text, 1});
  };
  CHECK(rendered(env, "{% macro m(a, b) %}{{ a }}+{{ b }}{% endmacro %}{{ apply(m, 1, 2) }}") ==
        "1+2");
  CHECK(rendered(env, "{{ upper('x') }}") == "X");
}

TEST_CASE("an exception of a function propagates unchanged") {
  t::environment env;
  env.globals["fail"] = []() -> int { throw std::out_of_range("mine"); };
  CHECK_THROWS_WITH_AS(env.from_string("{{ fail() }}").render(), "mine", std::out_of_range);
}

TEST_CASE("a filter that cannot be called is an error where it is used") {
  t::environment env;
  env.filters["broken"] = 3;
  CHECK(rendered(env, "{{ 1|broken }}") == "TypeError: 'int' object is not callable");
}

TEST_CASE("finalize is called for every printed value, and not for the text of the template") {
  t::environment env{
      {.finalize = [](const t::value& what) { return what.is_none() ? t::value("-") : what; }}};
  CHECK(rendered(env, "None {{ none }} {{ 1 }}") == "None - 1");
}
