#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include "sources.hpp"
#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace t = aldis::templates;

namespace {

/// The type of the error that compiling or rendering throws; empty without an error.
std::string error_of(std::string_view source, const t::limits& limits = {},
                     const t::dict& variables = {}) {
  const t::environment env{{.do_statement = true, .limits = limits}};
  try {
    (void)env.from_string(source).render(variables);
  } catch (const t::error& failure) {
    return std::string(failure.type_name());
  }
  return {};
}

/// Small limits, so that no test takes long.
constexpr t::limits few_steps{.iterations = 20'000};
constexpr t::limits little_memory{.memory = 1'000'000};

}  // namespace

TEST_CASE("no source is nested too deep for the parser") {
  for (const std::string_view open : {"(", "[", "{1:", "not ", "-", "x[", "f(", "1 if x else ",
                                      "a.b(", "x is in (", "x|f(", "~", "1 +", "1 **"}) {
    CAPTURE(open);
    const std::string type = error_of("{{ " + repeated(open, 20'000) + " }}");
    const bool told = type == "LimitError" || type == "TemplateSyntaxError";
    CHECK(told);
  }
  CHECK(error_of(repeated("{% if x %}", 10'000)) == "LimitError");
  CHECK(error_of(repeated("{% for x in y %}", 10'000)) == "LimitError");
  CHECK(error_of(repeated("{% block x %}", 10'000)) == "LimitError");
}

TEST_CASE("chains of operators, filters, calls and attributes are bounded too") {
  for (const std::string_view more :
       {"+1", "-1", "*1", " and 1", " or 0", "|abs", ".a", "[0]", "()", "**1"}) {
    CAPTURE(more);
    CHECK(error_of("{{ 1" + repeated(more, 10'000) + " }}") == "LimitError");
  }
}

TEST_CASE("ordinary templates are far from the limits") {
  CHECK(error_of("{{ 1" + repeated("+1", 150) + " }}").empty());
  CHECK(error_of("{{ 1" + repeated("~1", 10'000) + " }}").empty());
  CHECK(error_of(repeated("{% if true %}", 50) + repeated("{% endif %}", 50)).empty());
  CHECK(error_of("{% for i in range(100000) %}{% endfor %}").empty());
}

TEST_CASE("recursion of macros, includes, recursive loops and blocks is bounded") {
  CHECK(error_of("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}") == "RecursionError");
  CHECK(error_of("{% for i in x recursive %}{{ loop(x) }}{% endfor %}", {}, {{"x", t::list{1}}}) ==
        "RecursionError");
  CHECK(error_of("{% block a %}{{ self.a() }}{% endblock %}") == "RecursionError");

  const t::environment env{{.loader = t::from_map({{"a", "{% include 'a' %}"},
                                                   {"b", "{% extends 'b' %}"},
                                                   {"c", "{% import 'c' as c %}"}})}};
  for (const char* const name : {"a", "b", "c"}) {
    CAPTURE(name);
    try {
      (void)env.get(name).render();
      FAIL("nothing was thrown");
    } catch (const t::error& failure) {
      CHECK(failure.kind() == t::error_kind::recursion);
    }
  }
}

TEST_CASE("recursion is bounded by the size of the stack too") {
  CHECK(error_of("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", {.recursion = 1'000'000'000}) ==
        "RecursionError");
}

TEST_CASE("values that are nested too deep for Python are too deep here") {
  const std::string_view build =
      "{% set ns = namespace(l=[]) %}{% for i in range(5000) %}{% set ns.l = [ns.l] %}{% endfor %}";
  CHECK(error_of(build).empty());
  CHECK(error_of(std::string(build) + "{{ ns.l }}") == "RecursionError");
  CHECK(error_of(std::string(build) + "{{ ns.l == [ns.l] }}") == "RecursionError");
  CHECK(error_of(std::string(build) + "{{ ns.l|tojson }}") == "RecursionError");
  CHECK(error_of(std::string(build) + "{{ ns.l < [ns.l] }}") == "RecursionError");
}

TEST_CASE("the iterations of loops are bounded") {
  for (const std::string_view source :
       {"{% for i in range(10000000000) %}{% endfor %}", "{{ range(10000000000)|list }}",
        "{{ range(10000000000)|map('string')|join }}",
        "{{ 'x' in range(10000000000)|map('string') }}",
        "{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}"}) {
    CAPTURE(source);
    CHECK(error_of(source, few_steps) == "LimitError");
  }
  CHECK(error_of("{% for i in range(13) %}{% endfor %}", {.iterations = 12}) == "LimitError");
  CHECK(error_of("{% for i in range(8) %}{% endfor %}", {.iterations = 12}).empty());
}

TEST_CASE("exponential work is bounded") {
  CHECK(error_of("{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}"
                 "{{ f(100) }}",
                 few_steps) == "LimitError");
  const std::string twice =
      "{% set a = namespace(x=[], y=[], s=(), t=()) %}{% for i in range(100) %}"
      "{% set a.x = [a.x, a.x] %}{% set a.y = [a.y, a.y] %}"
      "{% set a.s = (a.s, a.s) %}{% set a.t = (a.t, a.t) %}{% endfor %}";
  for (const std::string_view work : {"a.x == a.y", "a.x < a.y", "{a.s: 1}", "a.x", "a.x|tojson",
                                      "a.x|pprint", "a.x in [a.y]", "[a.x, a.y]|max"}) {
    CAPTURE(work);
    CHECK(error_of(twice + "{{ " + std::string(work) + " }}",
                   {.iterations = 20'000, .memory = 1'000'000}) == "LimitError");
  }
}

TEST_CASE("repeated searches of long text are bounded") {
  const std::string text =
      "{% set s = 'x' * 100000 %}{% set n = s ~ 'y' %}{% for i in range(1000) %}";
  for (const std::string_view work :
       {"'y' in s", "s.find('y')", "s.isupper()", "s is lower", "s|wordcount", "s.startswith('y')",
        "{s: 1}", "s|int", "s.count(n)", "s.strip('y')"}) {
    CAPTURE(work);
    CHECK(error_of(text + "{% if " + std::string(work) + " %}{% endif %}{% endfor %}", few_steps) ==
          "LimitError");
  }
  // These run at the speed of memory.
  for (const std::string_view work : {"s < n", "s == n[:-1]", "s[5]"}) {
    CAPTURE(work);
    CHECK(error_of(text + "{% if " + std::string(work) + " %}{% endif %}{% endfor %}",
                   {.iterations = 1000}) == "LimitError");
  }
}

TEST_CASE("repeated traversals of long containers are bounded") {
  const std::string containers =
      "{% set l = range(1000)|list %}{% set d = {} %}{% for i in l %}{% do d.update({i: i}) %}"
      "{% endfor %}{% set c = cycler(*l) %}{% for i in range(1000) %}";
  for (const std::string_view work :
       {"l.index(999)", "l.count(1)", "l.reverse()", "l.insert(0, 1)", "l.append(5) or l.remove(5)",
        "l == l[:]", "(5, 6) in d.items()", "5.5 in d.values()", "d.keys() == d.keys()",
        "d == d.copy()"}) {
    CAPTURE(work);
    CHECK(error_of(containers + "{% set _ = " + std::string(work) + " %}{% endfor %}", few_steps) ==
          "LimitError");
  }
  CHECK(error_of(containers + "{% set _ = c.items %}{% endfor %}", little_memory) == "LimitError");
}

TEST_CASE("skipping the removed keys of a dict is counted") {
  const std::string removed =
      "{% set d = {} %}{% for i in range(2000) %}{% do d.update({i: 1}) %}{% endfor %}"
      "{% for i in range(1, 900) %}{% do d.pop(i) %}{% endfor %}";
  const auto first_two = [&](std::string_view of) {
    return removed + "{% for i in range(3000) %}{% set x = " + std::string(of) +
           "|batch(2)|first %}{% endfor %}";
  };
  constexpr t::limits steps{.iterations = 60'000};
  for (const std::string_view of : {"d", "d.keys()", "d.items()"}) {
    CAPTURE(of);
    CHECK(error_of(first_two(of), steps) == "LimitError");
  }
  CHECK(error_of(first_two("[1, 2]"), steps).empty());
}

TEST_CASE("every filter, test and method counts the text and the items of its arguments") {
  int rounds = 0;
  t::environment env{{.do_statement = true, .limits = {.iterations = 2500}}};
  env.globals["begin_round"] = [&] { ++rounds; };
  const auto rounds_of = [&](const std::string& expression, const t::value& given) {
    rounds = 0;
    (void)rendered(env,
                   "{% for i in range(1000000) %}{% do begin_round() %}{% set x = " + expression +
                       " %}{% endfor %}",
                   {{"given", given}});
    return rounds;
  };
  const std::string text = repeated("a b ", 1024);
  t::list numbers;
  for (int i = 0; i < 4096; ++i) numbers.emplace_back(i);
  const std::string_view some_arguments[] = {"", "(1)", "('b')", "('b', 'c')"};
  // 256 steps for each iteration, and a few for the rest.
  constexpr int most = 10;

  for (const auto& [name, filter] : env.filters) {
    for (const std::string_view with : some_arguments) {
      const std::string expression = "given|" + name + std::string(with);
      CAPTURE(expression);
      CHECK(rounds_of(expression, text) <= most);
    }
    CHECK(rounds_of("given|" + name + "|list", numbers) <= most);
    CHECK(rounds_of("given|" + name + "(1)|list", numbers) <= most);
  }
  for (const auto& each : env.tests) {
    const std::string& name = each.first;
    CAPTURE(name);
    CHECK(rounds_of("given is " + name, text) <= most);
    CHECK(rounds_of("given is " + name + "(given)", text) <= most);
  }
  for (const char* const name :
       {"capitalize", "casefold",   "center",       "count",        "endswith",  "expandtabs",
        "find",       "format",     "index",        "isalnum",      "isalpha",   "isascii",
        "isdecimal",  "isdigit",    "isidentifier", "islower",      "isnumeric", "isprintable",
        "isspace",    "istitle",    "isupper",      "join",         "ljust",     "lower",
        "lstrip",     "partition",  "removeprefix", "removesuffix", "replace",   "rfind",
        "rindex",     "rjust",      "rpartition",   "rsplit",       "rstrip",    "split",
        "splitlines", "startswith", "strip",        "swapcase",     "title",     "upper",
        "zfill"}) {
    for (const std::string_view with : {"()", "(1)", "('b')", "('b', 'c')"}) {
      const std::string expression = "given." + std::string(name) + std::string(with);
      CAPTURE(expression);
      CHECK(rounds_of(expression, text) <= most);
    }
  }
  for (const char* const call : {"count(-1)", "index(-1)", "index(4095)"}) {
    CAPTURE(call);
    CHECK(rounds_of("given." + std::string(call), numbers) <= most);
  }
}

TEST_CASE("a long source is counted each time it is executed") {
  const std::string body = repeated("{{ x }}", 10'000);
  CHECK(error_of("{% for i in range(1000) %}" + body + "{% endfor %}", few_steps) == "LimitError");
  CHECK(error_of("{% macro m() %}" + body +
                     "{% endmacro %}{% for i in range(1000) %}{{ m() }}"
                     "{% endfor %}",
                 few_steps) == "LimitError");
  CHECK(error_of("{% block b %}" + body +
                     "{% endblock %}{% for i in range(1000) %}"
                     "{{ self.b() }}{% endfor %}",
                 few_steps) == "LimitError");
  CHECK(error_of("{% for i in range(1000) if [" + repeated("x,", 10'000) + "] and 0 %}{% endfor %}",
                 few_steps) == "LimitError");
}

TEST_CASE("compiling many names in many branches is bounded") {
  std::string source;
  for (int i = 0; i < 500; ++i) source += "{% set a" + std::to_string(i) + " = 1 %}";
  CHECK(error_of(source + repeated("{% if x %}{% endif %}", 20), few_steps).empty());
  CHECK(error_of(source + repeated("{% if x %}{% endif %}", 70), few_steps) == "LimitError");
  CHECK(error_of(source + repeated("{{ 1 if x else 2 }}", 250), few_steps) == "LimitError");
  CHECK(error_of(source + repeated("{% include 'x' %}", 250), few_steps) == "LimitError");
}

TEST_CASE("output is bounded") {
  CHECK(error_of("{% for i in range(1000) %}0123456789{% endfor %}", {.output = 5000}) ==
        "LimitError");
  CHECK(error_of("{% set x %}{% for i in range(1000) %}0123456789{% endfor %}{% endset %}",
                 {.output = 5000}) == "LimitError");
  CHECK(error_of("{% for i in range(100) %}0123456789{% endfor %}", {.output = 5000}).empty());
}

TEST_CASE("memory is bounded") {
  CHECK(error_of("{{ 'x' * 10000000000 }}", little_memory) == "LimitError");
  CHECK(error_of("{{ [1] * 10000000000 }}", little_memory) == "LimitError");
  CHECK(error_of("{{ 'x'|center(10000000000) }}", little_memory) == "LimitError");
  CHECK(error_of("{{ '%10000000000d' % 1 }}") != "");
  CHECK(error_of("{{ '{:10000000000}'.format(1) }}") != "");
  CHECK(error_of("{% set ns = namespace(x='xx') %}{% for i in range(100) %}"
                 "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
                 little_memory) == "LimitError");
  CHECK(error_of("{% set l = [0] %}{% for i in range(100) %}{% do l.extend(l) %}{% endfor %}",
                 little_memory) == "LimitError");
  CHECK(error_of("{{ 'a'|indent(10000000000, true) }}", little_memory) == "LimitError");
}

TEST_CASE("numbers are bounded") {
  CHECK(error_of("{{ 9 ** 9 ** 9 }}") == "OverflowError");
  CHECK(error_of("{{ 9223372036854775807 + 1 }}") == "OverflowError");
  CHECK(error_of("{{ -9223372036854775807 - 2 }}") == "OverflowError");
  CHECK(error_of("{{ (-9223372036854775807 - 1) // -1 }}") == "OverflowError");
  CHECK(error_of("{{ (-9223372036854775807 - 1) % -1 }}").empty());
  CHECK(error_of("{{ 10.0 ** 400 }}") == "OverflowError");
  CHECK(error_of("{{ 99999999999999999999 }}") == "TemplateSyntaxError");
}

TEST_CASE("containers that contain themselves do not leak") {
  // The leak check of the address sanitizer looks at these.
  for (const std::string_view source :
       {"{% set l = [] %}{% do l.append(l) %}", "{% set l = [] %}{% do l.append([(l,)]) %}",
        "{% set d = {} %}{% do d.update(a=d) %}",
        "{% set d = {} %}{% do d.setdefault('a', d.items()) %}",
        "{% set ns = namespace() %}{% set ns.me = ns %}",
        "{% set l = [] %}{% do l.append(l.append) %}",
        "{% set l = [] %}{% do l.append(l|map('abs')) %}",
        "{% set a = [] %}{% set b = [a] %}{% do a.append(b) %}{% do b.append(a) %}"}) {
    CAPTURE(source);
    CHECK(error_of(source).empty());
  }
  CHECK(error_of("{% set l = [] %}{% do l.append(l) %}{{ l }}") == "RecursionError");
}

TEST_CASE("macros, loops and blocks that are stored everywhere do not leak") {
  // The leak check of the address sanitizer looks at these.
  CHECK(error_of("{% set ns = namespace() %}{% macro m() %}{{ ns }}{% endmacro %}"
                 "{% set ns.m = m %}")
            .empty());
  CHECK(error_of("{% set me = self %}{% block b %}{% endblock %}").empty());
  CHECK(error_of("{% set l = [] %}{% for i in [1] recursive %}{% do l.append(loop) %}{% endfor %}")
            .empty());
  CHECK(error_of("{% macro a() %}{% macro b() %}{{ a }}{% endmacro %}{{ b() }}{{ caller() }}"
                 "{% endmacro %}{% call a() %}{{ a }}{% endcall %}")
            .empty());
}

TEST_CASE("a template cannot change the values passed to it") {
  const t::value items = t::list{1, 2};
  CHECK(error_of("{% do items.append(3) %}", {}, {{"items", items}}) == "TypeError");
  CHECK(error_of("{% do items.clear() %}", {}, {{"items", items}}) == "TypeError");
  CHECK(error_of("{% do d.update(a=1) %}", {}, {{"d", t::dict{}}}) == "TypeError");
  CHECK(items.as_list().size() == 2);
  CHECK(error_of("{% set mine = items|list %}{% do mine.append(3) %}", {}, {{"items", items}})
            .empty());
}
