#include "module_objects.hpp"

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>

#include "../language/literals.hpp"
#include "render.hpp"

#include <cstddef>

namespace aldis::templates::detail {

namespace {

value no_parent(std::string_view name, evaluation& within) {
  return within.undefined_because("there is no parent block called " + in_quotes(name) + ".");
}

/// A block that can be called.
class block_reference final : public object {
 public:
  block_reference(reference<context> with, std::string_view name, std::size_t depth)
      : with_(std::move(with)), name_(name), depth_(depth) {}

  std::string_view type_name() const noexcept override { return "BlockReference"; }
  std::string description() const override { return "jinja2.runtime.BlockReference object"; }
  bool is_callable() const noexcept override { return true; }

  std::optional<value> attribute(std::string_view name, evaluation& within) const override {
    if (name == "name") return value(name_);
    if (name != "super") return std::nullopt;
    if (depth_ + 1 >= with_->blocks->find(name_)->blocks.size()) return no_parent(name_, within);
    return value(reference(new block_reference(with_, name_, depth_ + 1)));
  }

  value call(const arguments& given) const override {
    if (!given.positional().empty() || !given.keywords().empty()) {
      fail(error_kind::type,
           "BlockReference.__call__() takes 1 positional argument but " +
               std::to_string(given.positional().size() + given.keywords().size() + 1) +
               " were given");
    }
    render& in = render::of(given.within());
    output out;
    in.execute_block(with_->blocks->find(name_)->blocks[depth_], with_, out);
    in.count_memory(out.size());
    return value(with_->autoescape ? value_kind::safe_text : value_kind::text, out.view());
  }

 private:
  reference<context> with_;
  std::string_view name_;  // in the template, which is kept
  std::size_t depth_;
};

class self_object final : public object {
 public:
  explicit self_object(reference<context> with) : with_(std::move(with)) {}

  std::string_view type_name() const noexcept override { return "TemplateReference"; }
  std::string description() const override { return "jinja2.runtime.TemplateReference object"; }

  std::optional<value> item(const value& key, evaluation&) const override {
    const block_table::row* const row =
        key.is_text() ? with_->blocks->find(key.as_text()) : nullptr;
    if (!row) return std::nullopt;
    return value(reference(new block_reference(with_, row->name, 0)));
  }

 private:
  reference<context> with_;
};

}  // namespace

std::optional<value> module_object::attribute(std::string_view name, evaluation&) const {
  if (const value* const found = find(name)) return *found;
  return std::nullopt;
}

void module_object::append_repr(std::string& out, evaluation&) const {
  out.append("<TemplateModule ").append(name_ ? in_quotes(*name_) : "memory:").append(">");
}

value self_of(const reference<context>& with) { return value(reference(new self_object(with))); }

value super_of(const reference<context>& with, const block_statement& block, evaluation& within) {
  const block_table::row& row = *with->blocks->find(block.name);
  std::size_t depth = 0;
  while (row.blocks[depth].what != &block) ++depth;
  if (depth + 1 >= row.blocks.size()) return no_parent(block.name, within);
  return value(reference(new block_reference(with, row.name, depth + 1)));
}

}  // namespace aldis::templates::detail
