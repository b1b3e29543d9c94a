#pragma once

#include <aldis/templates/dict.hpp>
#include <aldis/templates/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// `namespace()`, whose attributes `{% set ns.name = ... %}` can set.
class namespace_object final : public object {
 public:
  explicit namespace_object(dict attributes) : attributes_(std::move(attributes)) {}

  std::string_view type_name() const noexcept override { return "Namespace"; }
  std::string description() const override { return "jinja2.utils.Namespace object"; }
  std::optional<value> attribute(std::string_view name, render_context&) const override {
    if (const value* const found = attributes_.find(name)) return *found;
    return std::nullopt;
  }
  void append_repr(std::string& out, render_context& context) const override;
  void traverse(std::vector<const value*>& into) const override;
  void clear_references() const noexcept override { attributes_.clear(); }

  void set(std::string_view name, const value& to) { attributes_[name] = to; }

 private:
  mutable dict attributes_;
};

}  // namespace aldis::templates::detail
