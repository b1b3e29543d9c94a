// Templates that try to run forever or to exhaust the memory. Each must end soon, with a result or
// with the error of a limit; otherwise the system kills the process.

#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include "sources.hpp"
#include <sys/resource.h>

#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

namespace t = aldis::templates;

namespace {

struct attack {
  std::string name;
  std::string source;
};

/// `{% for i in range(n) %}` with an n so large that only a limit ends the loop.
std::string again(std::string_view content) {
  return "{% for i in range(10000000) %}" + std::string(content) + "{% endfor %}";
}

std::string numbered(std::string_view before, int count, std::string_view after) {
  std::string result;
  for (int i = 0; i < count; ++i) result.append(before).append(std::to_string(i)).append(after);
  return result;
}

std::string dict_of(std::string_view key, int count) {
  return "{% set d = {} %}{% for i in range(" + std::to_string(count) + ") %}{% do d.update({" +
         std::string(key) + ": 1}) %}{% endfor %}";
}

const std::string long_text = "{% set s = 'a' * 120000 %}{% set w = 'a' * 60000 ~ 'b' %}";

const attack attacks[] = {
    // Searching text
    {"in", long_text + "{{ w in s }}"},
    {"in, backwards", long_text + "{{ 'b' ~ w in s }}"},
    {"find", long_text + "{{ s.find(w) }}{{ s.find('b' ~ s[:9999]) }}"},
    {"rfind", long_text + "{{ s.rfind(w) }}{{ s.rfind('b' ~ s[:99999]) }}"},
    {"count", long_text + "{{ s.count(w) }}"},
    {"split", long_text + "{{ s.split(w)|length }}{{ s.rsplit(w)|length }}"},
    {"partition", long_text + "{{ s.partition(w)|length }}{{ s.rpartition(w)|length }}"},
    {"replace", long_text + "{{ s|replace(w, 'x')|length }}"},
    {"search of middle size",
     long_text + "{{ s.find('a' * 16 ~ 'b') }}{{ s.find('a' * 8 ~ 'b') }}"},
    {"startswith", long_text + "{{ (s ~ 'c').startswith((s ~ 'b',) * 100000) }}"},
    {"strip", "{{ ('y' * 100000)|trim('x' * 100000 ~ 'y')|length }}"},
    // Layout of text
    {"wordwrap, hyphens", "{{ ('ab-' * 50000)|wordwrap|length }}"},
    {"wordwrap, dashes", "{{ ('a--' * 50000)|wordwrap|length }}{{ ('-' * 100000)|wordwrap(3) }}"},
    {"wordwrap, blanks", "{{ ('a ' ~ '\u3000' * 50000 ~ 'x')|wordwrap(1)|length }}"},
    {"wordwrap, blanks behind", "{{ ('a ' ~ 'x' * 30000 ~ '\u3000' * 30000)|wordwrap(1)|length }}"},
    {"urlize, schemes",
     "{% set l = [] %}{% for i in range(1000) %}{% do l.append('a' ~ i ~ ':') %}"
     "{% endfor %}{{ ('a ' * 100000)|urlize(extra_schemes=l)|length }}"},
    {"urlize, attributes", "{{ ('a ' * 20000)|urlize(rel='x' * 400)|length }}"},
    {"urlize, brackets", "{{ ('a((' * 30000 ~ 'a' ~ ')' * 60000)|urlize|length }}"},
    {"striptags", "{{ ('<' * 80000)|striptags|length }}{{ ('<!--' * 30000)|striptags|length }}"},
    {"unescape", again("{% set x = ('&' ~ 'a' * 60)|striptags %}")},
    {"lower", "{{ ('\u03a3' ~ \"'\" * 50000 ~ '\u03a3')|lower|length }}"},
    {"pprint", "{{ ('word ' * 20000)|pprint|length }}{{ ('word' * 20000)|pprint|length }}"},
    {"pprint, keys without order",
     dict_of("i", 2000) + "{% for i in range(2000) %}{% do d.update({'k' ~ i: 1}) %}{% endfor %}"
                          "{{ d|pprint|length }}"},
    // Formats
    {"format, fields", "{{ ('{0:s}' * 100000).format('x' * 100000)|length }}"},
    {"format, keywords", dict_of("'k' ~ i", 3000) + "{{ ('{k2999}' * 3000).format(**d)|length }}"},
    {"percent", "{{ (('%(a)s' * 100000)|safe % {'a': ('x' * 100000)|safe})|length }}"},
    {"xmlattr", dict_of("'k' ~ i", 5000) + "{% set s = 'x' * 100000 %}{% for k in d %}"
                                           "{% do d.update({k: s}) %}{% endfor %}{{ d|xmlattr }}"},
    {"keywords", dict_of("'k' ~ i", 7000) + "{% macro m() %}{{ kwargs|length }}{% endmacro %}"
                                            "{{ m(**d) }}"},
    {"keywords by name", "{{ dict(" + numbered("a", 12000, "=1,") + ")|length }}"},
    {"parameters", "{% macro m(" + numbered("a", 3000, ",") + "z) %}{% endmacro %}{{ m(" +
                       numbered("a", 3000, "=1,") + "z=1) }}"},
    // Lists
    {"pop", "{% set l = range(90000)|list %}" + again("{% do l.pop(0) %}")},
    {"insert", "{% set l = [] %}" + again("{% do l.insert(0, 1) %}")},
    {"remove", "{% set l = range(90000)|list %}" + again("{% do l.remove(i) %}")},
    {"equal text", long_text + "{% set t = s[1:] ~ 'a' %}{{ [s] * 50000 == [t] * 50000 }}"
                               "{{ s ~ 'c' in [s ~ 'b'] * 50000 }}"},
    {"min", long_text + "{{ ([s ~ 'b', s ~ 'c'] * 50000)|min|length }}"},
    {"unique text", long_text + "{{ ([s] * 50000)|unique(true)|list|length }}"},
    {"paths", "{{ ([{'a': 1}] * 50000)|map(attribute='real.' * 5000, default='')|list|length }}"},
    {"lists in lists",
     "{% set a = namespace(x=[], y=[]) %}{% for i in range(100) %}"
     "{% set a.x = [a.x, a.x] %}{% set a.y = [a.y, a.y] %}{% endfor %}"
     "{{ a.x == a.y }}"},
    // Dicts
    {"pop from a dict",
     dict_of("i", 4000) + "{% for i in range(4000) %}{% do d.pop(i) %}{% endfor %}"},
    {"pop the first",
     dict_of("i", 4000) + "{% for i in range(4000) %}{% do d.pop(d|first) %}{% endfor %}{{ d }}"},
    {"popitem", dict_of("i", 4000) + "{% for i in range(4000) %}{% do d.popitem() %}{% endfor %}"},
    {"numbers with the same low bits", dict_of("i * 4294967296", 7000) + "{{ d|length }}"},
    {"numbers with the same low bits, unique",
     "{% set l = [] %}{% for i in range(7000) %}{% do l.append(i * 4194304) %}{% endfor %}"
     "{{ l|unique|list|length }}"},
    {"numbers with a fraction", dict_of("i * 4294967296.5", 7000) + "{{ d|length }}"},
    {"ranges as keys", dict_of("range(i, i + i)", 7000) + "{{ d|length }}"},
    {"tuples as keys", dict_of("(i, i)", 5000) + "{{ d|length }}"},
    {"long keys", long_text + dict_of("i", 20) + again("{% set x = d[s] %}")},
    {"items in items", dict_of("i", 10000) + again("{% set x = (1, 2) in d.items() %}")},
    // Sources
    {"a long body", again(repeated("{{ x }}", 10000))},
    {"a long condition",
     "{% for i in range(10000000) if [" + repeated("x,", 10000) + "] and 0 %}{% endfor %}"},
    {"a long macro",
     "{% macro m() %}" + repeated("{{ x }}", 10000) + "{% endmacro %}" + again("{{ m() }}")},
    {"a long name",
     dict_of("i", 20) + again("{% if d." + repeated("a", 100000) + " %}{% endif %}")},
    {"a long name in a macro", "{% macro m() %}{% if " + repeated("a", 100000) +
                                   " %}{% endif %}{% endmacro %}" + again("{{ m() }}")},
    {"a long include", again("{% include 'long' %}")},
    {"many blocks",
     "{% block a %}{% endblock %}" + numbered("{% block b", 7000, " %}{% endblock %}")},
    {"names and branches",
     numbered("{% set a", 2000, " = 1 %}") + repeated("{% if x %}{% endif %}", 2000)},
    {"names and includes",
     numbered("{% set a", 2000, " = 1 %}") + repeated("{% include 'empty' %}", 2000)},
    // Arithmetic and output
    {"ranges",
     "{{ range(10 ** 15)|last }}{{ range(10 ** 15)|reverse|first }}"
     "{{ range(10 ** 15)|length }}{{ 5 in range(10 ** 15) }}"},
    {"captures in captures", numbered("{% set a", 50, " %}" + repeated("{{ 'x' * 400000 }}", 6)) +
                                 repeated("{% endset %}", 50)},
    {"slices of nothing", "{{ [1]|slice(10 ** 9)|list|length }}"},
    {"sums of lists", "{{ ([[1] * 100] * 10000)|sum(start=[])|length }}"},
};

/// The outcome of a render: a result or a limit, which are both good, or another error.
std::string outcome_of(const t::environment& env, std::string_view source, bool& ended) {
  try {
    (void)env.from_string(source).render();
    ended = true;
    return "an answer";
  } catch (const t::error& failure) {
    ended = failure.kind() == t::error_kind::limit;
    return failure.what();
  }
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main() {
  // Far more than all of them need, also with sanitizers.
  rlimit most{120, 120};
  setrlimit(RLIMIT_CPU, &most);

  // Small limits, so that no template takes long.
  const t::environment env{
      {.loader = t::from_map({{"long", "a{# " + repeated("b", 100000) + " #}"}, {"empty", ""}}),
       .do_statement = true,
       .limits = {.output = 2'000'000, .iterations = 30'000, .memory = 10'000'000}}};
  // A reference for the speed of this build and machine. Repeated, because some clocks tick only
  // every few milliseconds.
  bool ended = false;
  int pages = 0;
  const double start = cpu_seconds();
  do {
    (void)outcome_of(env, "{% for i in range(10000) %}{{ i }}{% endfor %}", ended);
    ++pages;
  } while (cpu_seconds() - start < 0.1);
  const double usual = (cpu_seconds() - start) / pages;

  int failures = 0;
  for (const attack& each : attacks) {
    const double begin = cpu_seconds();
    const std::string outcome = outcome_of(env, each.source, ended);
    const double took = cpu_seconds() - begin;
    const bool fast = took < 1000 * usual;
    if (!ended || !fast) ++failures;
    std::printf("%6.3f s  %s: %s%s\n", took, each.name.c_str(), outcome.substr(0, 60).c_str(),
                fast ? "" : ", after too long");
  }
  std::printf("%.1f s in all, %.3f s for a plain page, %d failures\n", cpu_seconds(), usual,
              failures);
  return failures == 0 ? 0 : 1;
}
