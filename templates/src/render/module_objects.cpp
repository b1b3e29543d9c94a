#include "module_objects.hpp"

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>

#include "../language/literals.hpp"
#include "render.hpp"

#include <cstddef>

namespace aldis::templates::detail {

namespace {

value no_parent(std::string_view name, render_context& context) {
  return context.undefined_because("there is no parent block called " + in_quotes(name) + ".");
}

/// A callable block.
class block_reference final : public object {
 public:
  block_reference(reference<template_variables> variables, std::string_view name, std::size_t depth)
      : variables_(std::move(variables)), name_(name), depth_(depth) {}

  std::string_view type_name() const noexcept override { return "BlockReference"; }
  std::string description() const override { return "jinja2.runtime.BlockReference object"; }
  bool is_callable() const noexcept override { return true; }

  std::optional<value> attribute(std::string_view name, render_context& context) const override {
    if (name == "name") return value(name_);
    if (name != "super") return std::nullopt;
    if (depth_ + 1 >= variables_->blocks->find(name_)->blocks.size())
      return no_parent(name_, context);
    return value(reference(new block_reference(variables_, name_, depth_ + 1)));
  }

  value call(const arguments& args) const override {
    if (!args.positional().empty() || !args.keywords().empty()) {
      fail(error_kind::type,
           "BlockReference.__call__() takes 1 positional argument but " +
               std::to_string(args.positional().size() + args.keywords().size() + 1) +
               " were given");
    }
    render& in = render::of(args.context());
    output out;
    in.execute_block(variables_->blocks->find(name_)->blocks[depth_], variables_, out);
    in.count_memory(out.size());
    return value(variables_->autoescape ? value_kind::markup : value_kind::text, out.view());
  }

 private:
  reference<template_variables> variables_;
  std::string_view name_;  // owned by the program, which the variables keep alive
  std::size_t depth_;
};

class self_object final : public object {
 public:
  explicit self_object(reference<template_variables> variables)
      : variables_(std::move(variables)) {}

  std::string_view type_name() const noexcept override { return "TemplateReference"; }
  std::string description() const override { return "jinja2.runtime.TemplateReference object"; }

  std::optional<value> item(const value& key, render_context&) const override {
    const block_table::row* const row =
        key.is_text() ? variables_->blocks->find(key.as_text()) : nullptr;
    if (!row) return std::nullopt;
    return value(reference(new block_reference(variables_, row->name, 0)));
  }

 private:
  reference<template_variables> variables_;
};

}  // namespace

std::optional<value> module_object::attribute(std::string_view name, render_context&) const {
  if (const value* const found = find(name)) return *found;
  return std::nullopt;
}

void module_object::append_repr(std::string& out, render_context&) const {
  out.append("<TemplateModule ").append(name_ ? in_quotes(*name_) : "memory:").append(">");
}

value self_of(const reference<template_variables>& variables) {
  return value(reference(new self_object(variables)));
}

value super_of(const reference<template_variables>& variables, const block_statement& block,
               render_context& context) {
  const block_table::row& row = *variables->blocks->find(block.name);
  std::size_t depth = 0;
  while (row.blocks[depth].what != &block) ++depth;
  if (depth + 1 >= row.blocks.size()) return no_parent(block.name, context);
  return value(reference(new block_reference(variables, row.name, depth + 1)));
}

}  // namespace aldis::templates::detail
