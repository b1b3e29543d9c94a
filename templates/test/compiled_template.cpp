#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace t = aldis::templates;

TEST_CASE("variables come from braces, dicts and maps") {
  const t::environment env;
  const t::compiled_template page = env.from_string("{{ a }}{{ b }}");
  CHECK(page.render({{"a", 1}, {"b", "x"}}) == "1x");
  t::dict variables;
  variables["a"] = 2;
  CHECK(page.render(variables) == "2");
  CHECK(page.render(std::map<std::string, int>{{"a", 3}, {"b", 4}}) == "34");
  CHECK(page.render() == "");
}

TEST_CASE("a loaded template has its name, a template from a string has none") {
  const t::environment env{{.loader = t::from_map({{"a.html", ""}})}};
  CHECK(env.from_string("").name().empty());
  CHECK(env.from_string("", "b.html").name() == "b.html");
  CHECK(env.get("a.html").name() == "a.html");
}

TEST_CASE("autoescape is by extension as in Flask, always, never, or by a function") {
  const auto source = [](t::autoescape_choice choice, std::string_view name) {
    const t::environment env{{.autoescape = std::move(choice)}};
    return env.from_string("{{ '<' }}{{ x }}", name).render({{"x", ">"}});
  };
  for (const char* const name : {"a.html", "a.htm", "a.xml", "a.xhtml", "a.svg"}) {
    CHECK(source(t::by_extension, name) == "&lt;&gt;");
  }
  for (const char* const name : {"a.txt", "a.HTML", "html", "a.html.j2"}) {
    CHECK(source(t::by_extension, name) == "<>");
  }
  CHECK(source(true, "a.txt") == "&lt;&gt;");
  CHECK(source(false, "a.html") == "<>");
  CHECK(source([](auto name) { return name == "a"; }, "a") == "&lt;&gt;");

  const t::environment env{{.autoescape = t::by_extension}};
  CHECK(env.from_string("{{ '<' }}").render() == "&lt;");
}

TEST_CASE("text of any length is escaped, wherever its special characters are") {
  const t::environment env{{.autoescape = true}};
  const t::compiled_template page = env.from_string("{{ x }}");
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '<';
      std::string escaped = text;
      escaped.replace(at, 1, "&lt;");
      REQUIRE(page.render({{"x", text}}) == escaped);
    }
    CHECK(page.render({{"x", std::string(size, '&')}}).size() == 5 * size);
  }
  CHECK(page.render({{"x", "&<>'\"%!#$(;:=?\xc3\xa9"}}) ==
        "&amp;&lt;&gt;&#39;&#34;%!#$(;:=?\xc3\xa9");
}

TEST_CASE("a render can be written to a sink, piece by piece") {
  const t::environment env;
  const t::compiled_template page =
      env.from_string("{% for i in range(10000) %}{{ i }},{% endfor %}");
  std::vector<std::string> pieces;
  page.render_to([&](std::string_view piece) { pieces.emplace_back(piece); });

  std::string all;
  for (const std::string& piece : pieces) all += piece;
  CHECK(pieces.size() > 1);
  CHECK(all == page.render());

  std::ostringstream out;
  page.render_to(out);
  CHECK(out.str() == all);
}

TEST_CASE("an exception of a sink propagates unchanged") {
  const t::environment env;
  CHECK_THROWS_AS(
      env.from_string("x").render_to([](std::string_view) { throw std::runtime_error("closed"); }),
      std::runtime_error);
}

TEST_CASE("a template may be passed to another template") {
  const t::environment env;
  const t::compiled_template layout = env.from_string("[{% block b %}{% endblock %}]");
  const t::compiled_template part = env.from_string("part of {{ who }}");
  CHECK(env.from_string("{% extends layout %}{% block b %}{% include part %}{% endblock %}")
            .render({{"layout", layout}, {"part", part}, {"who", "ann"}}) == "[part of ann]");
}

TEST_CASE("one environment renders on many threads") {
  t::environment env{
      {.loader = t::from_map({
           {"base", "{% block b %}{% endblock %}"},
           {"page",
            "{% extends 'base' %}{% import 'lib' as lib %}"
            "{% block b %}{% for i in items %}{{ lib.row(i) }}{% endfor %}{% endblock %}"},
           {"lib", "{% macro row(i) %}<{{ i }}:{{ shared|length }}>{% endmacro %}"},
       }),
       .reload = true,
       .cache = 2}};
  env.globals["shared"] = t::list{1, 2, 3};
  const t::value items = t::list{1, 2};
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 4; ++n) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          if (env.get("page").render({{"items", items}}) == "<1:3><2:3>") ++right;
        }
      });
    }
  }
  CHECK(right == 400);
}

TEST_CASE("a macro that outlives its render can no longer be called") {
  t::environment env;
  t::value kept;
  env.globals["keep"] = [&](const t::value& what) { kept = what; };
  CHECK(env.from_string("{% macro m() %}{{ x }}{% endmacro %}{{ keep(m) }}").render() == "None");
  try {
    (void)env.from_string("{{ kept() }}").render({{"kept", kept}});
    FAIL("nothing was thrown");
  } catch (const t::error& failure) {
    CHECK(failure.kind() == t::error_kind::runtime);
  }
}

TEST_CASE("a block that outlives its render is safe to call") {
  t::environment env;
  t::value kept;
  env.globals["keep"] = [&](const t::value& what) { kept = what; };
  CHECK(env.from_string("{% block b %}B{{ x }}{% endblock %}{{ keep(self.b) }}").render() ==
        "BNone");
  CHECK(env.from_string("{{ kept() }}").render({{"kept", kept}, {"x", 1}}) == "B1");
}
