#pragma once

#include <aldis/templates/dict.hpp>
#include <aldis/templates/value.hpp>

#include "../language/program.hpp"
#include "output.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): it is final
class render;

inline bool is_missing(const value& of) noexcept { return of.is_undefined() && !of.shared(); }
inline value missing() noexcept { return value::undefined({}); }

/// The blocks of a template and its parents, by name; those of the child first.
struct block_table {
  struct block {
    const block_statement* what;
    const program* from;
  };
  struct row {
    std::string_view name;
    std::vector<block> blocks;
  };
  std::map<std::string_view, row> rows;
  std::vector<std::shared_ptr<const program>> programs;  // that the rows are in

  row* find(std::string_view name) noexcept;
  void add(const program& from);
};

/// The variables that a template was given and those it exports.
class template_variables final : public counted {
 public:
  /// That of a template by itself.
  explicit template_variables(const program& of);
  /// One in another, for a scoped block.
  template_variables(const template_variables& around, dict visible);

  std::shared_ptr<block_table> blocks;
  bool autoescape;

  /// What was set at the top level, and which of it others may import.
  dict top_level;
  std::set<std::string, std::less<>> exported;

  /// What else is visible: first these, then the context around, then what the render was given.
  dict locals;
  reference<template_variables> around;
  bool isolated = false;  // sees nothing but the globals

  /// Null if there is none.
  const value* find(std::string_view name, const render& in) const;
  /// A copy of all that is visible but the globals.
  dict all(const render& in) const;
};

/// A function that is being executed, and its variables; kept by the macros defined in it.
class frame final : public counted {
 public:
  /// Of a template or a block.
  static reference<frame> make(detail::render& in, const program& from,
                               reference<template_variables> variables,
                               const function_layout& layout, output& out);
  /// Of a function inside of another.
  static reference<frame> make(frame& around, const function_layout& layout, output& out);
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }
  ~frame() override;

  value& at(const slot& where) noexcept {
    frame* in = this;
    for (std::uint32_t up = where.up; up > 0; --up) in = in->around_.get();
    return in->slots()[where.number];
  }
  value& at(std::uint32_t number) noexcept { return slots()[number]; }
  void load(const std::vector<slot_load>& names);

  /// Is the render over that it belongs to?
  bool over() const noexcept { return !variables_; }
  /// Lets go of everything: variables may hold macros that hold this frame.
  void clear() noexcept;

  detail::render& render() const noexcept { return *render_; }
  const program& from() const noexcept { return *from_; }
  template_variables& variables() const noexcept { return *variables_; }
  reference<template_variables> shared_variables() const noexcept { return variables_; }
  output& out() const noexcept { return *out_; }

  /// Where in the template this is: the line that Jinja would tell, and the part of it.
  std::size_t line = 1;
  const node* part = nullptr;
  void go_to(const position& where) noexcept { line = where.line; }

  /// The parent template, once there is one.
  std::shared_ptr<const program> parent;
  std::size_t parent_line = 0;  // where it was named

 private:
  friend class capture;
  frame(detail::render& in, const program& from, reference<template_variables> variables,
        std::size_t slots, reference<frame> around, output& out) noexcept
      : render_(&in),
        from_(&from),
        variables_(std::move(variables)),
        around_(std::move(around)),
        out_(&out),
        count_(slots) {}
  static std::size_t bytes_of(std::size_t slots) noexcept;
  value* slots() noexcept { return reinterpret_cast<value*>(this + 1); }

  static reference<frame> make(detail::render& in, const program& from,
                               reference<template_variables> variables,
                               const function_layout& layout, reference<frame> around, output& out);

  detail::render* render_;
  const program* from_;
  reference<template_variables> variables_;
  reference<frame> around_;
  output* out_;
  std::size_t count_;
};

/// While it lives, what is printed in a frame is kept in `text`.
class capture {
 public:
  explicit capture(frame& in) noexcept : in_(in), before_(std::exchange(in.out_, &text)) {}
  capture(const capture&) = delete;
  capture& operator=(const capture&) = delete;
  ~capture() { in_.out_ = before_; }

  output text;

 private:
  frame& in_;
  output* before_;
};

}  // namespace aldis::templates::detail
