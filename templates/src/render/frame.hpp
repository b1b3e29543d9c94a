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

/// The blocks of a template and its parents, by name; blocks of the child come first.
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
  std::vector<std::shared_ptr<const program>> programs;  // own the blocks

  row* find(std::string_view name) noexcept;
  void add(const program& from);
};

/// The variables of a running template: Jinja's Context.
class template_variables final : public counted {
 public:
  /// For a template.
  explicit template_variables(const program& of);
  /// For a scoped block, inside `around`.
  template_variables(const template_variables& around, dict visible);

  std::shared_ptr<block_table> blocks;
  bool autoescape;

  /// The variables set at the top level, and the names of those that can be imported.
  dict top_level;
  std::set<std::string, std::less<>> exported;

  /// The other visible variables: first these, then those of `around`, then those of the render.
  dict locals;
  reference<template_variables> around;
  bool isolated = false;  // only globals are visible

  /// Null if there is no such variable.
  const value* find(std::string_view name, const render& in) const;
  /// A copy of all visible variables except the globals.
  dict all(const render& in) const;
};

/// A running function and its variables. Macros defined in it keep it alive.
class frame final : public counted {
 public:
  /// For a template or a block.
  static reference<frame> make(detail::render& in, const program& from,
                               reference<template_variables> variables,
                               const function_layout& layout, output& out);
  /// For a function nested in another.
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

  /// Whether its render has ended.
  bool over() const noexcept { return !variables_; }
  /// Releases everything: its variables may refer to macros that refer to this frame.
  void clear() noexcept;

  detail::render& render() const noexcept { return *render_; }
  const program& from() const noexcept { return *from_; }
  template_variables& variables() const noexcept { return *variables_; }
  reference<template_variables> shared_variables() const noexcept { return variables_; }
  output& out() const noexcept { return *out_; }

  /// The current location: the line that Jinja reports, and the part of the template.
  std::size_t line = 1;
  const node* part = nullptr;
  void go_to(const position& where) noexcept { line = where.line; }

  /// The parent template, after `extends`.
  std::shared_ptr<const program> parent;
  std::size_t parent_line = 0;  // of the `extends`

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

/// Redirects the output of a frame to `text` during its lifetime.
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
