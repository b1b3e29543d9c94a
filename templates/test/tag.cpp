#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/tag.hpp>
#include <aldis/templates/translation.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace t = aldis::templates;

namespace {

/// The output of a template, or its error with the line.
std::string outcome(const t::environment& env, std::string_view source,
                    const t::dict& variables = {}) {
  try {
    return env.from_string(source, "page").render(variables);
  } catch (const t::error& failure) {
    return std::string(failure.type_name()) + ": " + failure.message() + " (" + failure.name() +
           ":" + std::to_string(failure.line()) + ")";
  }
}

std::string failure_of_adding(t::environment& env, std::string name, t::value function,
                              t::tag_options options) {
  try {
    env.add_tag(std::move(name), std::move(function), std::move(options));
    return {};
  } catch (const t::error& failure) {
    return std::string(failure.type_name()) + ": " + failure.message();
  }
}

std::string repeat(const t::tag_body& body, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += body.text();
  return result;
}

}  // namespace

TEST_CASE("a tag calls its function with expressions") {
  t::environment env;
  env.add_tag("add", t::named_parameters({"a", "b"}, [](int a, std::optional<int> b) {
                return a + b.value_or(100);
              }));

  CHECK(outcome(env, "{% add 1, 2 %} {% add n * 2, b=n|abs %} {%- add b=1, a=2 -%} {% add 1 %}",
                {{"n", -4}}) == "3 -43101");
  CHECK(outcome(env, "a\n{% add %}") ==
        "TypeError: function() missing 1 required positional argument: 'a' (page:2)");
  CHECK(outcome(env, "a\n{% add 'x' %}") ==
        "TypeError: argument 1: expected int, got str (page:2)");
  CHECK(outcome(env, "a\n{% add 1 2 %}") ==
        "TemplateSyntaxError: expected token ',', got 'integer' (page:2)");
  CHECK(outcome(env, "a\n{% add a=1, a=2 %}") ==
        "TemplateSyntaxError: keyword argument repeated: a (page:2)");
  CHECK(outcome(env, "a\n{% add a=1, 2 %}") ==
        "TemplateSyntaxError: positional argument follows keyword argument (page:2)");
  CHECK(outcome(env, "a\n{% add nobody.name %}") ==
        "UndefinedError: 'nobody' is undefined (page:2)");
}

TEST_CASE("the result of a tag is printed like an expression") {
  t::environment env{{.autoescape = true, .finalize = [](const t::value& what) {
                        return what.is_none() ? t::value("-") : what;
                      }}};
  env.add_tag("say", [](const t::value& what) { return what; });
  env.add_tag("nothing", [] {});

  CHECK(outcome(env, "{% say '<' %}{% say '<'|safe %}{% say [1] %}{% nothing %}") == "&lt;<[1]-");
}

TEST_CASE("a body is rendered never, once or several times") {
  t::environment env;
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});

  CHECK(outcome(env,
                "{% repeat 0 %}x{{ 1 // 0 }}{% endrepeat %}|{% repeat 1 %}y{% endrepeat %}|"
                "{% repeat 3 %}{{ n }}{% endrepeat %}",
                {{"n", 5}}) == "|y|555");
}

TEST_CASE("tags can be nested in tags, loops, blocks and macros") {
  t::environment env;
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});

  CHECK(outcome(env,
                "{% for i in [1, 2] %}{% repeat 2 %}{% repeat i %}{{ i }}{{ loop.index }}"
                "{% endrepeat %},{% endrepeat %}{% endfor %}") == "11,11,2222,2222,");
  CHECK(outcome(env,
                "{% macro m(x) %}{% repeat 2 %}{% block b %}{{ x }}{% endblock %}{{ x }}"
                "{% endrepeat %}{% endmacro %}{{ m('a') }}") == "aa");
  CHECK(outcome(env,
                "{% set x = 1 %}{% repeat 2 %}{{ x }}{% set x = 2 %}{{ x }}{% endrepeat %}"
                "{{ x }}") == "12121");
}

TEST_CASE("a body can use the loop, caller, varargs, kwargs, self and super around it") {
  t::environment env{{.loader = t::from_map({{"base", "{% block b %}base{% endblock %}"}})}};
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});

  CHECK(outcome(env,
                "{% macro m() %}{% repeat 2 %}{{ caller() }}{% endrepeat %}{% endmacro %}"
                "{% call m() %}x{% endcall %}") == "xx");
  CHECK(outcome(env,
                "{% macro m() %}{% repeat 2 %}{{ varargs }}{{ kwargs }}{% endrepeat %}"
                "{% endmacro %}{{ m(1, a=2) }}") == "(1,){'a': 2}(1,){'a': 2}");
  CHECK(outcome(env,
                "{% extends 'base' %}{% block b %}{% repeat 2 %}{{ super() }}"
                "{% endrepeat %}{% endblock %}") == "basebase");
  CHECK(outcome(env, "{% repeat 2 %}{{ self.b() }}{% endrepeat %}{% block b %}b{% endblock %}") ==
        "bbb");
  CHECK(outcome(env,
                "{% for i in 'ab' %}{% repeat 2 %}{{ loop.index }}{% endrepeat %}"
                "{% endfor %}") == "1122");
}

TEST_CASE("a rendered body is markup where text is escaped") {
  t::environment env{{.autoescape = true}};
  env.add_tag("same", [](const t::tag_body& body) { return body.render(); }, {.end = "endsame"});
  env.add_tag("bold",
              [](const t::tag_body& body) { return t::markup{"<b>" + body.text() + "</b>"}; },
              {.end = "endbold"});
  env.add_tag("plain", [](const t::tag_body& body) { return body.text(); }, {.end = "endplain"});

  CHECK(outcome(env,
                "{% same %}<i>{{ '<' }}{% endsame %}{% bold %}{{ '&' }}{% endbold %}"
                "{% plain %}<{% endplain %}") == "<i>&lt;<b>&amp;</b>&lt;");
}

TEST_CASE("a tag passes variables to its body") {
  t::environment env;
  env.add_tag("lines",
              [](const t::tag_body& body, const std::vector<std::string>& of) {
                std::string result;
                for (const std::string& each : of) result += body.text({{"line", each}});
                return result;
              },
              {.end = "endlines", .variables = {"line", "number"}});
  env.add_tag("wrong",
              [](const t::tag_body& body) {
                return body.text({{"x", 1}});
              },
              {.end = "endwrong"});

  CHECK(outcome(env,
                "{% set line = 'outside' %}{% lines ['a', 'b'] %}<{{ line }}{{ number }}>"
                "{% endlines %}{{ line }}") == "<a><b>outside");
  CHECK(outcome(env, "a\n{% wrong %}{% endwrong %}") ==
        "TypeError: macro None takes no keyword argument 'x' (page:2)");
}

TEST_CASE("a tag takes names as arguments, and assigns its result to a name") {
  t::environment env;
  env.add_tag("load", [](std::string_view text) { return t::list{text, 1}; }, {.assigns = true});
  env.add_tag("keep",
              [](const t::tag_body& body, int n) { return body.text() + std::to_string(n); },
              {.end = "endkeep", .assigns = true});
  env.add_tag(
      "table",
      t::named_parameters({"name", "adapter"},
                          [](const std::string& name, const std::optional<std::string>& adapter) {
                            return name + "/" + adapter.value_or("default");
                          }),
      {.names = 1});

  CHECK(outcome(env,
                "{% load 'a' ~ 'b' as loaded %}{{ loaded }}{% if true %}{% load 'c' as loaded "
                "%}{% endif %}{{ loaded[0] }}") == "['ab', 1]c");
  CHECK(outcome(env, "{% keep 5 as kept %}x{% endkeep %}[{{ kept }}]") == "[x5]");
  CHECK(outcome(env, "{% table orders %} {% table orders, adapter='x' %}") ==
        "orders/default orders/x");
  CHECK(outcome(env, "a\n{% table 'orders' %}") ==
        "TemplateSyntaxError: expected token 'name', got 'string' (page:2)");
  CHECK(outcome(env, "a\n{% load 'x' %}") ==
        "TemplateSyntaxError: expected token 'as', got 'end of statement block' (page:2)");
}

TEST_CASE("a variable that a tag assigns at the top level is exported") {
  t::environment env{{.loader = t::from_map({{"a", "{% load 1 as x %}"}})}};
  env.add_tag("load", [](int n) { return n; }, {.assigns = true});

  CHECK(outcome(env, "{% from 'a' import x %}{{ x }}") == "1");
}

TEST_CASE("a tag outside the blocks of an extending template prints nothing") {
  t::environment env{{.loader = t::from_map({{"base", "[{% block b %}{% endblock %}]"}})}};
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});
  env.add_tag("one", [] { return 1; });

  CHECK(outcome(env,
                "{% extends 'base' %}{% one %}{% repeat 2 %}x{% endrepeat %}"
                "{% block b %}{% one %}{% repeat 2 %}y{% endrepeat %}{% endblock %}") == "[1yy]");
}

TEST_CASE("an error in a body has its location and that of the tag") {
  t::environment env;
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});
  try {
    (void)env.from_string("a\n{% repeat 2 %}\n{{ 1 // 0 }}\n{% endrepeat %}", "page").render();
    FAIL("nothing was thrown");
  } catch (const t::error& failure) {
    CHECK(failure.type_name() == "ZeroDivisionError");
    REQUIRE(failure.locations().size() == 2);
    CHECK(failure.locations()[0].line == 2);
    CHECK(failure.locations()[1].line == 3);
  }
}

TEST_CASE("a tag without its end, and an end without its tag, are errors") {
  t::environment env{{.loop_controls = true}};
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});

  CHECK(outcome(env, "a\n{% repeat 2 %}{% if true %}{% endrepeat %}") ==
        "TemplateSyntaxError: Encountered unknown tag 'endrepeat'. You probably made a nesting "
        "mistake. Jinja is expecting this tag, but currently looking for 'elif' or 'else' or "
        "'endif'. The innermost block that needs to be closed is 'if'. (page:2)");
  CHECK(
      outcome(env, "a\n{% repeat 2 %}b\n") ==
      "TemplateSyntaxError: Unexpected end of template. Jinja was looking for the following tags: "
      "'endrepeat'. The innermost block that needs to be closed is 'repeat'. (page:2)");
  CHECK(outcome(env, "{% endrepeat %}") ==
        "TemplateSyntaxError: Encountered unknown tag 'endrepeat'. (page:1)");
  CHECK(outcome(env, "{% for i in [1] %}{% repeat 2 %}{% break %}{% endrepeat %}{% endfor %}") ==
        "TemplateSyntaxError: 'break' outside loop (page:1)");
}

TEST_CASE("the limits count the work of tags") {
  t::environment env{{.limits = {.nesting = 20, .recursion = 20, .iterations = 1000}}};
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});
  const auto nested = [](int depth) {
    std::string source;
    for (int i = 0; i < depth; ++i) source += "{% repeat 10 %}";
    source += "x";
    for (int i = 0; i < depth; ++i) source += "{% endrepeat %}";
    return source;
  };

  CHECK(outcome(env, nested(2)) == std::string(100, 'x'));
  CHECK(outcome(env, nested(4)).starts_with("LimitError: more than 1000 steps"));
  CHECK(outcome(env, nested(100)).starts_with("LimitError: nested more than 20 deep"));
  CHECK(outcome(env, "{% macro m() %}{% repeat 1 %}{{ m() }}{% endrepeat %}{% endmacro %}{{ m() }}")
            .starts_with("RecursionError"));
}

TEST_CASE("a long body is counted each time it is rendered, like a long macro") {
  std::string body;
  for (int i = 0; i < 10'000; ++i) body += "{{ x }}";
  t::environment env{{.limits = {.iterations = 20'000}}};
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});
  const auto page = env.from_string("{% repeat 1000 %}" + body + "{% endrepeat %}");
  try {
    (void)page.render();
    FAIL("it rendered");
  } catch (const t::error& failure) {
    CHECK(failure.kind() == t::error_kind::limit);
  }
}

TEST_CASE("a body that outlives its render fails with an error") {
  t::environment env;
  std::optional<t::tag_body> kept;
  env.add_tag("keep", [&](const t::tag_body& body) { kept = body; }, {.end = "endkeep"});
  {
    const auto page = env.from_string("{% keep %}x{% endkeep %}");
    (void)page.render();
  }
  REQUIRE(kept);
  CHECK_THROWS_AS((void)kept->render(), t::error);
}

TEST_CASE("only the body of a tag converts to a tag_body") {
  t::environment env;
  env.globals["render"] = &repeat;
  CHECK(outcome(env, "{{ render('x', 2) }}") ==
        "TypeError: argument 1: expected the body of a tag, got str (page:1)");
}

TEST_CASE("the names of a tag and of its end must be identifiers that no other tag uses") {
  t::environment env{
      {.do_statement = true, .translate = [](const t::message&) { return std::nullopt; }}};
  const auto refusal = [&](std::string name, t::tag_options options = {}) {
    return failure_of_adding(env, std::move(name), t::value([] {}), std::move(options));
  };
  const std::string no_name = " is named by letters, digits and _, not beginning with a digit; ";
  CHECK(refusal("") == "ValueError: a tag" + no_name + "'' is no such name");
  CHECK(refusal("5a") == "ValueError: a tag" + no_name + "'5a' is no such name");
  CHECK(refusal("a.b") == "ValueError: a tag" + no_name + "'a.b' is no such name");
  CHECK(refusal("a", {.end = "end a"}) ==
        "ValueError: the end of a tag" + no_name + "'end a' is no such name");
  CHECK(refusal("a", {.end = "enda", .variables = {"x y"}}) ==
        "ValueError: a variable of a tag" + no_name + "'x y' is no such name");

  const auto taken = [](const std::string& what, const std::string& name, const std::string& by) {
    return "ValueError: " + what + " cannot be named '" + name + "', which belongs to the tag '" +
           by + "'; choose a name that no other tag uses";
  };
  env.add_tag("repeat", &repeat, {.end = "endrepeat"});
  const std::pair<const char*, const char*> owned[] = {
      {"if", "if"},
      {"elif", "if"},
      {"else", "if"},
      {"endif", "if"},
      {"for", "for"},
      {"endfor", "for"},
      {"endblock", "block"},
      {"do", "do"},
      {"endmacro", "macro"},
      {"endset", "set"},
      {"endwith", "with"},
      {"endautoescape", "autoescape"},
      {"endcall", "call"},
      {"raw", "raw"},
      {"endfilter", "filter"},
      {"endraw", "raw"},
      {"trans", "trans"},
      {"pluralize", "trans"},
      {"endtrans", "trans"},
      {"endrepeat", "repeat"},
  };
  for (const auto& [name, owner] : owned) {
    CHECK(refusal(name) == taken("a tag", name, owner));
    CHECK(refusal("a", {.end = name}) == taken("the end of a tag", name, owner));
  }
  CHECK(refusal("a", {.end = "repeat"}) == taken("the end of a tag", "repeat", "repeat"));
  CHECK(refusal("a", {.end = "a"}) ==
        "ValueError: the tag 'a' cannot be its own end; the end needs another name, such as "
        "'enda'");
  CHECK(failure_of_adding(env, "a", 5, {}) == "TypeError: the tag 'a' needs a function, not int");

  // A tag may be replaced, and may have the name of a disabled extension's tag.
  CHECK(refusal("repeat", {.end = "endrepeat"}).empty());
  CHECK_NOTHROW(env.add_tag("break", [] { return "broken"; }));
  CHECK(outcome(env, "{% break %}") == "broken");
  CHECK_NOTHROW(t::environment().add_tag("trans", [] {}, {.end = "endtrans"}));
}

TEST_CASE("an exception of a tag's function propagates unchanged") {
  t::environment env;
  env.add_tag("oops", []() -> int { throw 5; });
  CHECK_THROWS_AS((void)env.from_string("{% oops %}").render(), int);
}
