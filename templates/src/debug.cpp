// `{% debug %}`

#include <aldis/templates/dict.hpp>
#include <aldis/templates/environment.hpp>

#include "builtins.hpp"
#include "filters/pprint.hpp"
#include "render/render.hpp"

#include <utility>

namespace aldis::templates::detail {

namespace {

value names_of(const environment::names& of, render_context& context) {
  context.count_memory(of.size() * sizeof(value));
  list result;
  result.reserve(of.size());
  for (const auto& each : of) result.emplace_back(each.first);
  return {std::move(result)};
}

value debug(const arguments& args) {
  const render& in = render::of(args.context());
  const environment& env = in.env();
  dict all;
  for (const auto& [name, what] : env.globals) all[name] = what;
  for (const auto& [name, what, hash] : in.visible()) all[name] = what;
  args.context().count_memory(all.size() * sizeof(dict::entry));
  const dict told{{"context", std::move(all)},
                  {"filters", names_of(env.filters, args.context())},
                  {"tests", names_of(env.tests, args.context())}};
  // Jinja's depth: only the top-level names matter.
  return {pretty(value(told), args.context(), {.depth = 3, .compact = true})};
}

}  // namespace

value debug_function() { return make_function("debug", debug); }

}  // namespace aldis::templates::detail
