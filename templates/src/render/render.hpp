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

/// One render of a template.
class render final : public render_context {
 public:
  /// Called by others that hold a render as an evaluation.
  static render& of(render_context& any) noexcept { return static_cast<render&>(any); }

  render(const program& of, const dict& variables, const sink* to);
  ~render();

  /// What was not written to the sink.
  std::string run();

  std::optional<value> resolve(std::string_view name) const override;
  void remember(const value& container) override;

  const dict& variables() const noexcept { return variables_; }
  const value* find_variable(std::string_view name) const;
  const value* find_global(std::string_view name) const;
  /// A copy of all that the template sees but the globals.
  dict visible() const { return current_variables_ ? current_variables_->all(*this) : variables_; }
  /// How much was printed before what is printed now, in bytes.
  std::size_t position() const noexcept { return written_ + out_.size(); }

  /// Writes it as `{{ ... }}` does.
  void write(output& out, const value& what, bool escapes);
  /// The same, without what `finalize` makes of it.
  void write_as_is(output& out, const value& what, bool escapes);
  /// After something was written: passes it on if it is enough, fails if it is too much.
  void flush_if_full(output& out) {
    if (out.size() >= watermark_) [[unlikely]]
      flush(out);
  }
  bool escapes(escaping how) const noexcept {
    return how == escaping::dynamic ? autoescape_ : how == escaping::yes;
  }

  // Templates.

  /// Keeps it for as long as the render goes on.
  const program& keep(const std::shared_ptr<const program>& used);
  /// By a name, a list of names if there may be one, or a template that is a value. Null if there
  /// is none and that is not to be an error.
  std::shared_ptr<const program> find_template(const value& name, bool may_be_list,
                                               bool ignore_missing);
  /// Executes a template, then its parents, in a context.
  void execute(const program& what, const reference<template_variables>& variables, output& out);
  /// As execute, in a context that nobody else needs afterwards.
  void execute_alone(const program& what, const reference<template_variables>& variables,
                     output& out);
  void execute_block(const block_table::block& what, const reference<template_variables>& variables,
                     output& out);
  /// Executes a template for what it exports. Without a context that happens once in a render.
  value import(const program& what, const reference<template_variables>& variables);
  const module_object& import(const program& what);

  /// Says that a frame or context is left, whether or not by an error. It may be kept by macros
  /// that it keeps itself: the end of the render undoes that.
  class leaving;
  void leave(const reference<frame>& left);
  void leave(const reference<template_variables>& left);

  /// Executes `content` as a function: counts how deep functions are, and tells errors where
  /// they happened.
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

/// Counts a function that is being executed.
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

/// Switches to the context of a function, and back.
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

/// `{% autoescape %}`
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

/// Executes statements one after another.
flow run(const body& statements, frame& in);

/// Gives a target of an assignment its value.
void assign(const expression& target, value what, frame& in);

}  // namespace aldis::templates::detail
