#include "render.hpp"

#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include "../environment_access.hpp"
#include "../heap_values.hpp"
#include "../language/syntax_error.hpp"
#include "../memory.hpp"
#include "../python_operations.hpp"
#include "module_objects.hpp"

#include <algorithm>

namespace aldis::templates::detail {

namespace {

/// The size of the pieces for a sink.
constexpr std::size_t piece = std::size_t{16} * 1024;

thread_local render_context* current = nullptr;

/// During its lifetime, this thread's allocations count for a render.
class rendering {
 public:
  explicit rendering(render_context& now) noexcept : before_(std::exchange(current, &now)) {}
  rendering(const rendering&) = delete;
  rendering& operator=(const rendering&) = delete;
  ~rendering() { current = before_; }

 private:
  render_context* before_;
};

}  // namespace

render_context* current_render() noexcept { return current; }
bool within_render() noexcept { return current != nullptr; }
void count_work(std::uint64_t steps) {
  if (current) current->count_steps(steps);
}

render::render(const program& of, const dict& variables, const sink* to)
    : render_context(*of.environment),
      program_(of),
      variables_(variables),
      sink_(to),
      watermark_(std::min(piece, env().options().limits.output)),
      stack_(static_cast<const char*>(__builtin_frame_address(0))) {
  if (!sink_) watermark_ = env().options().limits.output;
}

render::~render() {
  // Freed memory is subtracted from this render's count, not from that of an enclosing render.
  const rendering now(*this);
  modules_.clear();
  for (const auto& each : kept_) each->clear();
  for (const auto& each : kept_variables_) each->top_level.clear();
  changed_.break_cycles();
  kept_.clear();
  kept_variables_.clear();
}

std::string render::run() {
  const rendering now(*this);
  execute_alone(program_, reference(new template_variables(program_)), out_);
  if (sink_ && out_.size() > 0) {
    (*sink_)(out_.view());
    out_.clear();
  }
  return out_.take();
}

void render::remember(const value& container) {
  if (changed_.add(container)) count_memory(sizeof(value) + 4 * sizeof(void*));
}

std::optional<value> render::resolve(std::string_view name) const {
  const value* const found =
      current_variables_ ? current_variables_->find(name, *this) : find_variable(name);
  return found ? std::optional(*found) : std::nullopt;
}

const value* render::find_variable(std::string_view name) const {
  const value* const found = variables_.find(name);
  return found ? found : find_global(name);
}

const value* render::find_global(std::string_view name) const {
  const auto found = env().globals.find(name);
  return found == env().globals.end() ? nullptr : &found->second;
}

void render::write(output& out, const value& what, bool escapes) {
  if (env().options().finalize) [[unlikely]] {
    write_as_is(out, env().options().finalize(what), escapes);
  } else {
    write_as_is(out, what, escapes);
  }
}

void render::write_as_is(output& out, const value& what, bool escapes) {
  switch (what.kind()) {
    case value_kind::text:
      if (escapes) {
        out.append_escaped(what);
      } else {
        out.append(what);
      }
      return;
    case value_kind::markup:
      out.append(what);
      return;
    case value_kind::integer:
      out.append(what.as_integer());
      return;
    default: {
      std::string text;
      if (escapes) {
        append_escaped_text(text, what, *this);
      } else {
        append_text(text, what, *this);
      }
      out.append(std::string_view(text));
    }
  }
}

void render::flush(output& out) {
  const std::size_t limit = env().options().limits.output;
  if (written_ + out.size() > limit) {
    fail(error_kind::limit, "the output is larger than " + std::to_string(limit) + " bytes");
  }
  if (!sink_ || &out != &out_) return;
  written_ += out.size();
  (*sink_)(out.view());
  out.clear();
}

void render::enter_function(const void* stack) {
  const limits& most = env().options().limits;
  const char* const here = static_cast<const char*>(stack);
  const auto used = static_cast<std::size_t>(here < stack_ ? stack_ - here : here - stack_);
  if (depth_ >= most.recursion || used > most.stack) {
    fail(error_kind::recursion, "maximum recursion depth exceeded");
  }
  // Counted as steps: functions that call each other twice take exponential time.
  count_steps();
  ++depth_;
}

error_location render::location_of(const frame& in) const {
  const program& from = in.from();
  const bool known = in.part && in.part->at.line == in.line;
  error_location location =
      location_in(from.source, {in.line, known ? in.part->at.offset : 0}, from.name_or_none());
  if (!known) location.column = 0;
  return location;
}

const program& render::keep(const std::shared_ptr<const program>& used) {
  programs_.try_emplace(used.get(), used);
  return *used;
}

std::shared_ptr<const program> render::find_template(const value& name, bool may_be_list,
                                                     bool ignore_missing) {
  if (name.is_undefined()) fail_undefined(name);
  if (const auto* const object = name.as<template_object>()) return object->of;
  if (name.is_text()) {
    auto found = environment_access::find(env(), name.as_text());
    if (!found && !ignore_missing)
      environment_access::fail_not_found(env(), std::string(name.as_text()));
    return found;
  }
  if (!may_be_list) {
    fail(error_kind::type, "the name of a template is str, not " + std::string(type_name(name)));
  }
  std::string tried;
  iteration names(name, *this);
  for (value each; names.next(each);) {
    if (auto found = find_template(each, false, true)) return found;
    if (!tried.empty()) tried += ", ";
    tried += each.as_text();
  }
  if (ignore_missing) return nullptr;
  environment_access::fail_none_found(env(), tried);
}

void render::leave(const reference<frame>& left) { kept_.push_back(left); }
void render::leave(const reference<template_variables>& left) { kept_variables_.push_back(left); }

void render::execute_alone(const program& what, const reference<template_variables>& variables,
                           output& out) {
  const leaving at_end(*this, variables);
  execute(what, variables, out);
}

void render::execute(const program& what, const reference<template_variables>& variables,
                     output& out) {
  count_steps(weight_of(what.source.size()));
  const reference<frame> here = frame::make(*this, what, variables, what.layout, out);
  const leaving at_end(*this, here);
  run_function(*here, [&] {
    if (what.self_slot != no_slot) here->at(what.self_slot) = self_of(variables);
    here->load(what.layout.names.once);
    detail::run(what.content, *here);
    if (!here->parent) return;
    here->line = here->parent_line;
    here->part = nullptr;
    execute(*here->parent, variables, out);
  });
}

void render::execute_block(const block_table::block& what,
                           const reference<template_variables>& variables, output& out) {
  const block_statement& block = *what.what;
  count_steps(block.weight);
  const reference<frame> here = frame::make(*this, *what.from, variables, block.layout, out);
  const leaving at_end(*this, here);
  run_function(*here, [&] {
    if (block.self_slot != no_slot) here->at(block.self_slot) = self_of(variables);
    if (block.super_slot != no_slot) here->at(block.super_slot) = super_of(variables, block, *this);
    here->load(block.layout.names.once);
    detail::run(block.content, *here);
  });
}

value render::import(const program& what, const reference<template_variables>& variables) {
  output printed;
  execute_alone(what, variables, printed);
  count_memory(printed.size());
  dict exports;
  for (const auto& [name, mapped, hash] : variables->top_level) {
    if (variables->exported.contains(name.as_text())) exports[name] = mapped;
  }
  return value(reference(new module_object(what.name, std::move(exports), printed.take())));
}

const module_object& render::import(const program& what) {
  auto found = modules_.find(&what);
  if (found == modules_.end()) {
    const reference<template_variables> alone(new template_variables(what));
    alone->isolated = true;
    found = modules_.emplace(&what, import(what, alone)).first;
  }
  return static_cast<const module_object&>(found->second.as_object());
}

}  // namespace aldis::templates::detail
