#pragma once

#include <aldis/templates/compiled_template.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>

#include "cycle_collector.hpp"
#include "frame.hpp"
#include "output.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

class module_object;

/// A render of a template: the interpreter's state.
class render final : public render_context {
 public:
  /// Every render_context is a render.
  static render& of(render_context& any) noexcept { return static_cast<render&>(any); }

  render(const program& of, const dict& variables, const sink* to);
  ~render();

  /// Renders, and returns the output that was not passed to the sink.
  std::string run();

  std::optional<value> resolve(std::string_view name) const override;
  void remember(const value& container) override;

  const dict& variables() const noexcept { return variables_; }
  const value* find_variable(std::string_view name) const;
  const value* find_global(std::string_view name) const;
  /// A copy of all visible variables except the globals.
  dict visible() const { return current_variables_ ? current_variables_->all(*this) : variables_; }
  /// The size of the output so far, in bytes.
  std::size_t position() const noexcept { return written_ + out_.size(); }

  /// Writes a value as `{{ ... }}` does.
  void write(output& out, const value& what, bool escapes);
  /// The same without `finalize`.
  void write_as_is(output& out, const value& what, bool escapes);
  /// Call it after writing: passes output to the sink if there is enough, fails beyond the limit.
  void flush_if_full(output& out) {
    if (out.size() >= watermark_) [[unlikely]]
      flush(out);
  }
  bool escapes(escaping how) const noexcept {
    return how == escaping::dynamic ? autoescape_ : how == escaping::yes;
  }

  // Templates

  /// Keeps a program alive until the end of the render.
  const program& keep(const std::shared_ptr<const program>& used);
  /// Finds a template by its name, by a list of names if `may_be_list`, or from a template that is
  /// a value. If there is none, returns null with `ignore_missing`, else fails.
  std::shared_ptr<const program> find_template(const value& name, bool may_be_list,
                                               bool ignore_missing);
  /// Executes a template and then its parents.
  void execute(const program& what, const reference<template_variables>& variables, output& out);
  /// Like execute, with variables that are not used afterwards.
  void execute_alone(const program& what, const reference<template_variables>& variables,
                     output& out);
  void execute_block(const block_table::block& what, const reference<template_variables>& variables,
                     output& out);
  /// Executes a template for its exports. Without variables, once per render.
  value import(const program& what, const reference<template_variables>& variables);
  const module_object& import(const program& what);

  /// Called when a frame or variables are left, also by an exception. Macros among its own
  /// variables may keep it alive: the end of the render breaks these cycles.
  class leaving;
  void leave(const reference<frame>& left);
  void leave(const reference<template_variables>& left);

  /// Runs `content` as a function: counts the depth, and adds the location to errors.
  template <class Content>
  void run_function(frame& in, Content content);

 private:
  friend class autoescape_scope;
  class variables_scope;
  class function_scope;

  void flush(output& out);
  void enter_function(const void* stack);
  error_location location_of(const frame& in) const;

  const program& program_;
  const dict& variables_;
  const sink* sink_;
  output out_;
  std::size_t written_ = 0;
  std::size_t watermark_;
  std::size_t depth_ = 0;
  const char* stack_;
  template_variables* current_variables_ = nullptr;
  std::map<const program*, std::shared_ptr<const program>> programs_;
  std::vector<reference<frame>> kept_;
  std::vector<reference<template_variables>> kept_variables_;
  cycle_collector changed_;
  std::map<const program*, value> modules_;
};

/// Counts a running function.
class render::function_scope {
 public:
  function_scope(render& in, const void* stack) : in_(in) { in_.enter_function(stack); }
  function_scope(const function_scope&) = delete;
  function_scope& operator=(const function_scope&) = delete;
  ~function_scope() { --in_.depth_; }

 private:
  render& in_;
};

class render::leaving {
 public:
  leaving(render& in, const reference<frame>& what) noexcept : in_(in), frame_(&what) {}
  leaving(render& in, const reference<template_variables>& what) noexcept
      : in_(in), variables_(&what) {}
  leaving(const leaving&) = delete;
  leaving& operator=(const leaving&) = delete;
  ~leaving() {
    if (frame_ && (*frame_)->shared()) in_.leave(*frame_);
    if (variables_ && (*variables_)->shared()) in_.leave(*variables_);
  }

 private:
  render& in_;
  const reference<frame>* frame_ = nullptr;
  const reference<template_variables>* variables_ = nullptr;
};

/// Switches to the variables of a function, and back.
class render::variables_scope {
 public:
  variables_scope(render& in, template_variables& to) noexcept
      : in_(in), before_(std::exchange(in.current_variables_, &to)) {
    in_.autoescape_ = to.autoescape;
  }
  variables_scope(const variables_scope&) = delete;
  variables_scope& operator=(const variables_scope&) = delete;
  ~variables_scope() {
    in_.current_variables_ = before_;
    if (before_) in_.autoescape_ = before_->autoescape;
  }

 private:
  render& in_;
  template_variables* before_;
};

/// The setting of `{% autoescape %}`, restored at the end.
class autoescape_scope {
 public:
  autoescape_scope(frame& in, bool escapes) noexcept
      : in_(in), before_(std::exchange(in.variables().autoescape, escapes)) {
    in_.render().autoescape_ = escapes;
  }
  autoescape_scope(const autoescape_scope&) = delete;
  autoescape_scope& operator=(const autoescape_scope&) = delete;
  ~autoescape_scope() {
    in_.variables().autoescape = before_;
    in_.render().autoescape_ = before_;
  }

 private:
  frame& in_;
  bool before_;
};

template <class Content>
void render::run_function(frame& in, Content content) {
  const function_scope counted(*this, __builtin_frame_address(0));
  const variables_scope here(*this, in.variables());
  try {
    content();
  } catch (error& failure) {
    failure.add_outer(location_of(in));
    throw;
  }
}

/// Executes statements in order.
flow run(const body& statements, frame& in);

/// Assigns a value to a target.
void assign(const expression& target, value what, frame& in);

}  // namespace aldis::templates::detail
