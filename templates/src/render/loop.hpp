#pragma once

#include <aldis/templates/object.hpp>
#include <aldis/templates/render_context.hpp>

#include "frame.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// The items of a loop that pass its test.
class loop_items {
 public:
  loop_items(const loop_statement& of, value over, frame& in);

  bool next(value& item);
  /// Nothing if the size is known only after an iteration.
  std::optional<std::size_t> size() const;

 private:
  const loop_statement& of_;
  frame& in_;
  iteration all_;
};

/// The variable `loop`.
class loop_object final : public object {
 public:
  /// `around` is the enclosing frame of a recursive loop, else null.
  loop_object(const loop_statement& of, loop_items& items, std::size_t depth,
              reference<frame> around);

  /// Starts the next iteration; false at the end.
  bool next(value& item);
  /// Ends the loop. A stored loop keeps its last state.
  void end() noexcept { items_ = nullptr; }

  std::string_view type_name() const noexcept override { return "LoopContext"; }
  std::string description() const override { return "jinja2.runtime.LoopContext object"; }
  std::optional<value> attribute(std::string_view name, render_context& context) const override;
  std::optional<std::size_t> size() const override { return length(); }
  bool is_iterable() const override { return true; }
  std::unique_ptr<cursor> iterate() const override;
  bool is_callable() const noexcept override { return true; }
  value call(const arguments& args) const override;
  void append_repr(std::string& out, render_context& context) const override;
  void traverse(std::vector<const value*>& into) const override;

  value cycle(const arguments& args) const;
  value changed(const arguments& args) const;

 private:
  class rest;

  std::size_t length() const;
  /// Null after the last item.
  const value* peek() const;
  bool pull(value& item) const;

  const loop_statement& of_;
  std::shared_ptr<const program> from_;  // owns the loop
  // Mutable: looking ahead does not change the state that a template sees.
  mutable loop_items* items_;
  std::size_t depth_;
  reference<frame> around_;
  std::size_t index_ = 0;  // from 1
  mutable std::optional<std::size_t> length_;
  mutable std::optional<value> after_;
  mutable list ahead_;  // items read only to count them, the next one last
  std::optional<value> current_;
  std::optional<value> before_;
  mutable std::optional<list> last_changed_;
};

}  // namespace aldis::templates::detail
