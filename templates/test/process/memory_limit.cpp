// A render never has more than 1.3 times its memory limit allocated.

#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include <malloc.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>

namespace t = aldis::templates;

namespace {

// Not atomic: there is one thread.
std::size_t in_use = 0;
std::size_t most_in_use = 0;

void* allocate(std::size_t size) {
  void* const memory = std::malloc(size);
  if (!memory) throw std::bad_alloc();
  in_use += malloc_usable_size(memory);
  most_in_use = std::max(most_in_use, in_use);
  return memory;
}

void give_back(void* memory) noexcept {
  if (memory) in_use -= malloc_usable_size(memory);
  std::free(memory);
}

constexpr std::size_t limit = 1'000'000;
/// What a render needs that makes no values.
constexpr std::size_t overhead = 32'000;

/// `{% for i in range(n) %}` with an n so large that only a limit ends the loop.
std::string again(std::string_view content) {
  return "{% for i in range(125000) %}" + std::string(content) + "{% endfor %}";
}

const std::string sources[] = {
    // Lists
    "{{ range(125000)|list|length }}",
    "{{ (range(22500)|list)|list|length }}",
    "{{ range(125000)|sort|length }}",
    "{{ range(5000)|sort|length }}",
    "{{ (range(125000)|list).sort() }}",
    "{{ ('x' * 125000)|sort|length }}",
    "{{ range(125000)|unique|list|length }}",
    "{{ range(125000)|groupby('real')|length }}",
    "{{ range(125000)|batch(1)|list|length }}",
    "{{ range(125000)|batch(125000)|list|length }}",
    "{{ [1]|batch(125000, 0)|list|length }}",
    "{{ [1]|slice(250000)|list|length }}",
    "{{ range(125000)|slice(3)|list|length }}",
    "{{ (range(15000)|list)|reverse|list|length }}",
    "{{ 'abcdefgh'|list|map('string')|list * 12500 }}",
    "{{ range(125000)|map('string')|list|length }}",
    "{{ range(125000)|map('pprint')|map('center', 40)|list|length }}",
    "{{ range(125000)|select('odd')|list|length }}",
    "{{ dict(a=1, b=2)|dictsort|list * 25000 }}",
    "{{ ([1] * 25000 + [2] * 25000)|length }}",
    "{{ ([1] * 25000)[::-1][::-1][::-1]|length }}",
    "{% set l = [] %}" + again("{% do l.append(i) %}"),
    "{% set l = [] %}" + again("{% do l.append(i ~ 'xxxxxxxxxxxxxxxx') %}"),
    "{% set l = [] %}" + again("{% do l.append([]) %}"),
    "{% set l = [] %}" + again("{% do l.append({}) %}"),
    "{% set l = [] %}" + again("{% do l.append((i, [i])) %}"),
    "{% set l = [] %}" + again("{% do l.append('x'.upper) %}"),
    "{% set l = [] %}" + again("{% do l.append(range(i)) %}"),
    "{% set l = [] %}" + again("{% do l.append(cycler(1)) %}"),
    "{% set l = [] %}" + again("{% do l.append(namespace(a=i)) %}"),
    "{% set l = [] %}" + again("{% do l.append(missing_name) %}"),
    "{% set l = [] %}" + again("{% do l.append([i]|map('string')) %}"),
    "{% set l = [] %}" + again("{% do l.append([i].append) %}"),
    "{% set l = [] %}" + again("{% do l.extend([i, i]) %}"),
    "{% set l = [] %}{% for i in range(1000) %}{% do l.insert(0, 'xxxxxxxxxxxxxxxxxxx' ~ i) %}"
    "{% endfor %}",
    "{% set l = [1] %}{% for i in range(30) %}{% do l.extend(l) %}{% endfor %}",
    // Dicts
    "{% set d = {} %}" + again("{% do d.update({i: i}) %}"),
    "{% set d = {} %}" + again("{% do d.setdefault(i ~ 'xxxxxxxxxxxxxxxxxx', i) %}"),
    "{{ {}.fromkeys(range(125000))|length }}",
    "{% set d = {}.fromkeys(range(2500)) %}{% set l = [] %}" + again("{% do l.append(d.copy()) %}"),
    "{% set d = {}.fromkeys(range(2500)) %}{% set l = [] %}" + again("{% do l.append(dict(d)) %}"),
    "{% set d = {}.fromkeys(range(2500)) %}{% set l = [] %}" +
        again("{% do l.append(d|items|list) %}"),
    "{% set d = {}.fromkeys(range(2500)) %}{% set l = [] %}" +
        again("{% do l.append(d|dictsort) %}"),
    "{% set n = namespace() %}" + again("{% set n.a = [n.a, i] %}"),
    // Text
    "{{ range(125000)|join }}",
    "{{ ('x' * 125000)|join|length }}",
    "{{ ('x' * 75000)|list|join('<'|safe)|length }}",
    "{{ 'x'.join('y' * 125000)|length }}",
    "{{ ('x,' * 125000).split(',')|length }}",
    "{{ ('xxxxxxxxxxxxxxxxxxxx,' * 12500).split(',')|length }}",
    "{{ ('xxxxxxxxxxxxxxxxxxxx ' * 12500).rsplit()|length }}",
    "{{ ('x\n' * 125000).splitlines()|length }}",
    "{{ ('x' * 475000).partition('x')|length }}",
    "{{ ('x' * 375000)|replace('x', 'yz')|length }}",
    "{{ ('x' * 125000)|replace('', 'yz')|length }}",
    "{{ 'x' * 975000 }}",
    "{{ ('x' * 475000)|upper|length }}",
    "{{ ('x' * 300000)|lower|length }}",
    "{{ ('x' * 325000)|title|length }}",
    "{{ ('x y ' * 75000)|title|capitalize|length }}",
    "{{ ('x' * 325000)|reverse|length }}",
    "{{ ('x' * 325000)[::-1]|length }}",
    "{{ ('\u00e4' * 75000)[::-1]|length }}",
    "{{ ('<' * 175000)|escape|length }}",
    "{{ ('<' * 175000)|forceescape|length }}",
    "{{ ('<' * 175000)|urlencode|length }}",
    "{{ ('<b>' * 100000)|striptags|length }}",
    "{{ ('a.com ' * 25000)|urlize|length }}",
    "{{ ('x ' * 50000)|wordwrap(5)|length }}",
    "{{ ('x\n' * 25000)|wordwrap(5)|length }}",
    "{{ ('x' * 475000)|center(487500)|length }}",
    "{{ 'x'|center(975000)|length }}",
    "{{ ('x\n' * 25000)|indent(50)|length }}",
    "{{ ('x\n' * 50000)|indent(1)|length }}",
    "{{ ('x' * 375000)|trim|length }}{{ (' ' ~ 'x' * 375000)|trim|length }}",
    "{{ ('x' * 375000)|truncate(350000)|length }}",
    "{{ ('\t' * 100000).expandtabs()|length }}",
    "{{ '1'.zfill(975000)|length }}",
    "{{ ('%s' * 3)|format('x' * 225000, 'x', 'x' * 225000)|length }}",
    "{{ '%500000d%500000d' % (1, 2) }}",
    "{{ ('%s' * 75000) % (('x',) * 75000) }}",
    "{{ ('{}' * 3).format('x' * 225000, 'x', 'x' * 225000)|length }}",
    "{{ '{:500000}{:500000}'.format(1, 2) }}",
    "{{ ('x' * 225000 ~ 'x' * 225000 ~ 'x' * 225000)|length }}",
    "{{ ('x' * 225000 + 'x' * 225000)|length }}",
    "{% set s = namespace(x='xx') %}{% for i in range(30) %}{% set s.x = s.x + s.x %}{% endfor %}",
    "{% set s = namespace(x='xx') %}{% for i in range(30) %}{% set s.x = s.x ~ s.x %}{% endfor %}",
    "{{ ['x' * 325000]|string|length }}",
    "{{ ['\\x00' * 125000]|string|length }}",
    "{{ ['\\x00' * 475000]|string|length }}",
    "{{ ([1] * 50000)|string|length }}",
    "{{ ([1] * 50000)|tojson|length }}",
    "{{ ('x' * 325000)|tojson|length }}",
    "{{ ('<' * 75000)|tojson|length }}",
    "{{ ('<' * 475000)|tojson|length }}",
    "{{ {}.fromkeys(range(5000))|tojson(4)|length }}",
    "{{ ([1] * 5000)|pprint|length }}",
    "{{ ('x ' * 25000)|pprint|length }}",
    "{{ ('x' * 325000)|pprint|length }}",
    "{{ ('x' * 325000)|filesizeformat }}",
    "{{ ('x' * 325000)|xmlattr }}",
    "{{ {'a': '<' * 100000}|xmlattr|length }}",
    "{{ lipsum(n=2500)|length }}",
    // Errors that quote text
    "{{ ('x' * 325000)|float }}{{ ('x' * 325000)|int }}",
    "{{ 'x'|float(1) }}{{ {}['x' * 325000].a }}",
    "{{ [].index('x' * 325000) }}",
    "{% include 'x' * 325000 %}",
    // Markup
    "{{ ('<b>' * 50000)|safe ~ '<' * 50000 }}",
    "{{ ('<b>' * 50000)|safe + '<' * 150000 }}",
    "{{ ('<b>' * 50000)|e|replace('&'|e, '<' * 9) }}",
    "{{ '%s'|safe|format('<' * 150000) }}{{ '{}'|e|string }}",
    "{{ ('%s'|safe) % ('<' * 100000) }}{{ ('{}'|safe).format('<' * 50000) }}",
    "{% autoescape true %}{{ '<' * 100000 }}{{ ['<' * 100000] }}{% set x %}{{ '<' * 100000 }}"
    "{% endset %}{{ x|join('<') }}{% endautoescape %}",
    // Output
    again("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    again("{{ '<<<<<<<<<<<<<<<<<<<<<'|e }}"),
    "{% set a = 'x' * 225000 %}{{ a }}{{ a }}{{ a }}{{ a }}{{ a }}",
    "{% set a %}{{ 'x' * 125000 }}{% set b %}{{ 'x' * 125000 }}{% set c %}{{ 'x' * 125000 }}"
    "{% endset %}{% endset %}{% endset %}",
    "{% macro m(n) %}{% set x %}" + again("xxxxxxxxxxxxxxxxxxxx") +
        "{{ m(n - 1) }}{% endset %}{{ x }}{% endmacro %}{{ m(9) }}",
    "{% macro m(n) %}{{ 'x' * 100000 }}{% if n %}{% set y = m(n - 1) %}{{ y }}{% endif %}"
    "{% endmacro %}{{ m(9)|length }}",
    "{% macro m() %}{{ 'x' * 100000 }}{{ caller() }}{% endmacro %}"
    "{% call m() %}{% call m() %}{{ m|string * 2500 }}{% endcall %}{% endcall %}",
    "{% set l = [] %}{% macro m() %}{% do l.append(caller) %}{% endmacro %}" +
        again("{% call m() %}x{% endcall %}"),
    "{% set l = [] %}" + again("{% macro m() %}x{% endmacro %}{% do l.append(m) %}"),
    "{% set l = [] %}{% macro m() %}{% macro n() %}x{% endmacro %}{% do l.append(n) %}"
    "{% endmacro %}" +
        again("{{ m() }}"),
    "{% filter upper %}" + again("xxxxxxxxxxxxxxxxxxxxxxxxxxxxx") + "{% endfilter %}",
    "{% block a %}" + again("xxxxxxxxxxxxxxxxxxxxxxxxxxxxx") + "{% endblock %}{{ self.a() }}",
    "{% for i in range(125000) if i %}{{ loop.length }}{% break %}{% endfor %}",
    "{% macro m() %}{{ varargs|length }}{% endmacro %}{{ m(*range(125000)) }}",
    "{% macro m() %}{{ kwargs|length }}{% endmacro %}"
    "{% set d = {} %}{% for i in range(3000) %}{% do d.update({'k' ~ i: i}) %}{% endfor %}"
    "{% for i in range(9) %}{{ m(**d) }}{% endfor %}",
    "{% set l = [] %}{% macro m() %}{% do l.append(kwargs) %}{% endmacro %}" +
        again("{{ m(a=1, b=2) }}"),
    "{% set l = [] %}{% macro m() %}{% do l.append(varargs) %}{% endmacro %}" +
        again("{{ m(1, 2, 3) }}"),
    "{% set l = [] %}" + again("{% do l.append(dict(a=1)) %}"),
    "{% set l = [] %}" + again("{% do l.append({'a': 1}.items()) %}"),
    "{% set l = [] %}" + again("{% do l.append(joiner('x')) %}"),
    "{% set l = [] %}" + again("{% for j in [1] %}{% do l.append(loop) %}{% endfor %}"),
};

/// Reports a render that allocates more than it may.
bool is_bounded(const t::environment& env, const std::string& source) {
  const auto compiled = env.from_string(source);
  const std::size_t before = in_use;
  most_in_use = before;
  const char* outcome = "an answer";
  std::string kind;
  try {
    (void)compiled.render();
  } catch (const t::error& failure) {
    kind = failure.type_name();
    outcome = kind.c_str();
  }
  const std::size_t used = most_in_use - before;
  const bool bounded = used * 10 <= limit * 13 + overhead * 10;
  if (!bounded) {
    std::fprintf(stderr, "%.2f times the limit, %s: %.100s\n",
                 static_cast<double>(used) / static_cast<double>(limit), outcome, source.c_str());
  }
  return bounded;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }

int main() {
  const t::environment env{{
      .do_statement = true,
      .loop_controls = true,
      .limits = {.output = 4 * limit, .memory = limit},
  }};
  const auto unbounded = std::count_if(std::begin(sources), std::end(sources),
                                       [&](const auto& each) { return !is_bounded(env, each); });
  return unbounded == 0 ? 0 : 1;
}
