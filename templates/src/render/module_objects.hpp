#pragma once

// References between templates: modules, blocks, templates as values.

#include <aldis/templates/object.hpp>

#include "frame.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::templates::detail {

/// The result of `import`.
class module_object final : public object {
 public:
  module_object(std::optional<std::string> name, dict exports, std::string printed)
      : name_(std::move(name)), exports_(std::move(exports)), printed_(std::move(printed)) {}

  std::string_view type_name() const noexcept override { return "TemplateModule"; }
  std::string description() const override { return "jinja2.environment.TemplateModule object"; }
  std::optional<value> attribute(std::string_view name, render_context&) const override;
  void append_text(std::string& out, render_context&) const override { out.append(printed_); }
  void append_repr(std::string& out, render_context&) const override;
  bool is_markup() const noexcept override { return true; }

  const value* find(std::string_view name) const noexcept { return exports_.find(name); }
  const std::optional<std::string>& name() const noexcept { return name_; }
  const std::string& printed() const noexcept { return printed_; }

 private:
  std::optional<std::string> name_;
  dict exports_;
  std::string printed_;
};

/// A template as a value, which another template can include or extend.
class template_object final : public object {
 public:
  explicit template_object(std::shared_ptr<const program> from) : of(std::move(from)) {}
  std::string_view type_name() const noexcept override { return "Template"; }
  std::string description() const override { return "jinja2.environment.Template object"; }

  const std::shared_ptr<const program> of;
};

/// The variable `self`.
value self_of(const reference<template_variables>& variables);
/// The variable `super` of a block.
value super_of(const reference<template_variables>& variables, const block_statement& block,
               render_context& context);

}  // namespace aldis::templates::detail
