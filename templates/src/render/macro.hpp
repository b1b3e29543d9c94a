#pragma once

#include <aldis/templates/object.hpp>

#include "frame.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

/// A macro, or the `caller` of a call block.
class macro_object final : public object {
 public:
  /// `name` is empty for a call block.
  macro_object(const macro_definition& definition, std::string_view name, frame& around);

  std::string_view type_name() const noexcept override { return "Macro"; }
  std::string description() const override { return "jinja2.runtime.Macro object"; }
  std::optional<value> attribute(std::string_view name, render_context& context) const override;
  bool is_callable() const noexcept override { return true; }
  value call(const arguments& args) const override;
  void append_repr(std::string& out, render_context& context) const override;

  /// The render that the macro belongs to. Fails if it has ended.
  render_context& context() const;
  /// Appends the output of the macro.
  void call(const arguments& args, output& out) const;

 private:
  void fill(frame& in, const arguments& args) const;

  const macro_definition& definition_;
  std::string_view name_;
  reference<frame> around_;
  std::shared_ptr<const program> from_;  // owns the definition and the name
};

}  // namespace aldis::templates::detail
