#include "macro.hpp"

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>

#include "../language/literals.hpp"
#include "../memory.hpp"
#include "../python_operations.hpp"
#include "render.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

namespace aldis::templates::detail {

macro_object::macro_object(const macro_definition& definition, std::string_view name, frame& around)
    : definition_(definition),
      name_(name),
      around_(reference<frame>::share(around)),
      from_(around.from().shared_from_this()) {}

std::optional<value> macro_object::attribute(std::string_view name, render_context& context) const {
  if (name == "name") return name_.empty() ? value() : value(name_);
  if (name == "arguments") {
    context.count_memory(definition_.parameters.size() * sizeof(value));
    list names;
    for (const parameter& each : definition_.parameters) names.emplace_back(each.name);
    return value(tuple{std::move(names)});
  }
  if (name == "catch_kwargs") return value(definition_.kwargs_slot != no_slot);
  if (name == "catch_varargs") return value(definition_.varargs_slot != no_slot);
  if (name == "caller") return value(definition_.caller_slot != no_slot);
  return std::nullopt;
}

void macro_object::append_repr(std::string& out, render_context&) const {
  out.append("<Macro ").append(name_.empty() ? "anonymous" : in_quotes(name_)).append(">");
}

value macro_object::call(const arguments& args) const {
  output out;
  const bool safe = args.context().autoescape();
  call(args, out);
  args.context().count_memory(out.size());
  return value(safe ? value_kind::markup : value_kind::text, out.view());
}

render_context& macro_object::context() const {
  if (around_->over()) {
    fail(error_kind::runtime, "a macro is called after the end of the render it belongs to");
  }
  return around_->render();
}

void macro_object::call(const arguments& args, output& out) const {
  (void)context();
  render& in = render::of(args.context());
  in.count_steps(definition_.weight);
  const reference<frame> here = frame::make(*around_, definition_.layout, out);
  const render::leaving at_end(in, here);
  // Wrong arguments are the caller's error, and are reported at the call.
  fill(*here, args);
  in.run_function(*here, [&] {
    for (const parameter& each : definition_.parameters) {
      value& target = here->at(each.number);
      if (!is_missing(target)) continue;
      here->go_to(each.at);
      target =
          each.otherwise
              ? each.otherwise->evaluate(*here)
              : in.undefined_because("parameter " + in_quotes(each.name) + " was not provided");
    }
    run(definition_.content, *here);
  });
}

void macro_object::fill(frame& in, const arguments& args) const {
  const auto positional = args.positional();
  const auto keywords = args.keywords();
  const std::size_t count = definition_.parameters.size();
  const std::string name = name_.empty() ? "None" : in_quotes(name_);

  // The variables of the scope are loaded first, because parameters may hide them.
  in.load(definition_.layout.names.once);
  std::vector<bool> used(keywords.size(), false);
  const auto take = [&](std::string_view wanted) -> const value* {
    count_items(keywords.size());
    for (std::size_t i = 0; i < keywords.size(); ++i) {
      if (keywords[i].name != wanted) continue;
      used[i] = true;
      return &keywords[i].argument;
    }
    return nullptr;
  };

  const std::size_t given_by_position = std::min(count, positional.size());
  for (std::size_t i = 0; i < given_by_position; ++i) {
    in.at(definition_.parameters[i].number) = positional[i];
  }
  bool found_caller = given_by_position == count && definition_.names_caller;
  for (std::size_t i = given_by_position; i < count; ++i) {
    const parameter& each = definition_.parameters[i];
    if (each.name == "caller") found_caller = true;
    const value* const found = take(each.name);
    in.at(each.number) = found ? *found : missing();
  }
  if (definition_.caller_slot != no_slot && !found_caller) {
    const value* const caller = take("caller");
    in.at(definition_.caller_slot) = caller && !caller->is_none()
                                         ? *caller
                                         : args.context().undefined_because("No caller defined");
  }
  if (definition_.kwargs_slot != no_slot) {
    dict rest;
    for (std::size_t i = 0; i < keywords.size(); ++i) {
      if (!used[i]) set_entry(rest, keywords[i].name, keywords[i].argument, args.context());
    }
    in.at(definition_.kwargs_slot) = value(std::move(rest));
  } else if (const auto unused = std::find(used.begin(), used.end(), false); unused != used.end()) {
    for (std::size_t i = 0; i < keywords.size(); ++i) {
      if (!used[i] && keywords[i].name == "caller") {
        fail(error_kind::type, "macro " + name +
                                   " was invoked with two values for the special caller argument. "
                                   "This is most likely a bug.");
      }
    }
    const auto first = static_cast<std::size_t>(unused - used.begin());
    fail(error_kind::type,
         "macro " + name + " takes no keyword argument " + in_quotes(keywords[first].name));
  }
  if (definition_.varargs_slot != no_slot) {
    const auto rest = positional.subspan(given_by_position);
    args.context().count_memory(rest.size() * sizeof(value));
    in.at(definition_.varargs_slot) = value(tuple{list(rest.begin(), rest.end())});
  } else if (positional.size() > count) {
    fail(error_kind::type,
         "macro " + name + " takes not more than " + std::to_string(count) + " argument(s)");
  }
}

}  // namespace aldis::templates::detail
