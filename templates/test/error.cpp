#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace t = aldis::templates;

namespace {

template <class Call>
t::error failure_of(Call call) {
  try {
    call();
  } catch (const t::error& failure) {
    return failure;
  }
  FAIL("nothing was thrown");
  throw;
}

using where = std::vector<std::pair<std::string, std::size_t>>;

where places_of(const t::error& failure) {
  where result;
  for (const t::error_location& each : failure.locations())
    result.emplace_back(each.name, each.line);
  return result;
}

}  // namespace

TEST_CASE("an error shows the line and a caret below the column") {
  const t::environment env;
  const t::error failure =
      failure_of([&] { (void)env.from_string("one\n  {{ user.name }}\n", "page.html").render(); });
  CHECK(std::string(failure.what()) ==
        "UndefinedError: 'user' is undefined\n"
        "  at page.html:2\n"
        "      {{ user.name }}\n"
        "             ^");
  CHECK(failure.kind() == t::error_kind::undefined);
  CHECK(failure.name() == "page.html");
  CHECK(failure.line() == 2);
  CHECK(failure.column() == 10);
}

TEST_CASE("a syntax error is thrown when the template is compiled") {
  const t::environment env;
  const t::error failure = failure_of([&] { (void)env.from_string("a\n{% if x %}\n{% endfo %}"); });
  CHECK(failure.type_name() == "TemplateSyntaxError");
  CHECK(failure.line() == 3);
  CHECK(failure.message() ==
        "Encountered unknown tag 'endfo'. Jinja was looking for the following tags: 'elif' or "
        "'else' or 'endif'. The innermost block that needs to be closed is 'if'.");
}

TEST_CASE("locations lead through parents, blocks, includes and macros to the error") {
  const t::environment env{{.loader = t::from_map({
                                {"base.html", "<p>\n{% block body %}{% endblock %}"},
                                {"page.html",
                                 "{% extends 'base.html' %}\n"
                                 "{% block body %}\n\n{% include 'part.html' %}{% endblock %}"},
                                {"part.html", "{% import 'lib.html' as lib %}\n{{ lib.show(1) }}"},
                                {"lib.html", "{% macro show(n) %}\n\n\n{{ n / 0 }}{% endmacro %}"},
                            })}};
  const t::error failure = failure_of([&] { (void)env.get("page.html").render(); });
  CHECK(failure.message() == "division by zero");
  CHECK(
      places_of(failure) ==
      where{
          {"page.html", 1}, {"base.html", 2}, {"page.html", 4}, {"part.html", 2}, {"lib.html", 4}});
}

TEST_CASE("a syntax error in an included template has the locations in both templates") {
  const t::environment env{
      {.loader = t::from_map({{"a", "\n{% include 'b' %}"}, {"b", "\n\n{% end %}"}})}};
  const t::error failure = failure_of([&] { (void)env.get("a").render(); });
  CHECK(places_of(failure) == where{{"a", 2}, {"b", 3}});
}

TEST_CASE("a template that does not exist is an error with its name") {
  const t::environment env{{.loader = t::from_map({})}};
  const t::error failure = failure_of([&] { (void)env.get("nope.html"); });
  CHECK(failure.type_name() == "TemplateNotFound");
  CHECK(failure.message() == "nope.html");
  CHECK(failure.locations().empty());

  const t::error none = failure_of([&] { (void)env.get_first_of({"a", "b"}); });
  CHECK(none.message() == "none of the templates given were found: a, b");
}

TEST_CASE("the locations of a deep recursion are those of its beginning and end") {
  const t::environment env;
  const t::error failure = failure_of(
      [&] { (void)env.from_string("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}").render(); });
  CHECK(failure.type_name() == "RecursionError");
  CHECK(failure.locations().size() == 16);
  CHECK(std::string(failure.what()).find("more\n") != std::string::npos);
}

TEST_CASE("invalid delimiters are an error when the environment is constructed") {
  CHECK_THROWS_WITH_AS((t::environment{{.delimiters = {.block_begin = ""}}}),
                       "ValueError: the delimiter block_begin must not be empty", t::error);
  CHECK_THROWS_AS((t::environment{{.delimiters = {.block_begin = "{{"}}}), t::error);
  CHECK_THROWS_AS((t::environment{{.newline = "x"}}), t::error);
}
