#include <aldis/templates/error.hpp>

#include "../language/literals.hpp"
#include "../python_operations.hpp"
#include "macro.hpp"
#include "module_objects.hpp"
#include "namespace_object.hpp"
#include "render.hpp"

#include <utility>

namespace aldis::templates::detail {

namespace {

/// A variable set at the top level is visible to blocks, includes and importing templates.
void export_name(frame& in, const std::string& name, const value& what, bool importable) {
  template_variables& variables = in.variables();
  variables.top_level[name] = what;
  if (name.starts_with('_')) return;
  if (importable) {
    variables.exported.insert(name);
  } else {
    variables.exported.erase(name);
  }
}

void unpack(const sequence_expression& target, const value& what, frame& in) {
  const std::size_t wanted = target.items.size();
  list items;
  if (what.is(value_kind::list) || what.is(value_kind::tuple)) {
    items = what.as_items();
  } else {
    if (!what.is_undefined() && !is_iterable(what)) {
      fail(error_kind::type,
           "cannot unpack non-iterable " + std::string(type_name(what)) + " object");
    }
    iteration all(what, in.render());
    for (value item; items.size() <= wanted && all.next(item);) items.push_back(item);
  }
  if (items.size() > wanted) {
    fail(error_kind::value, "too many values to unpack (expected " + std::to_string(wanted) + ")");
  }
  if (items.size() < wanted) {
    fail(error_kind::value, "not enough values to unpack (expected " + std::to_string(wanted) +
                                ", got " + std::to_string(items.size()) + ")");
  }
  for (std::size_t i = 0; i < wanted; ++i) assign(*target.items[i], items[i], in);
}

/// The values of the variables visible to an include, import or scoped block.
dict values_of(const visible_names& names, frame& in) {
  dict result;
  for (const auto& [name, where] : names) {
    const value& what = in.at(where);
    if (!is_missing(what)) result[name] = what;
  }
  return result;
}

/// The variables of an included template, which sees those of the including one.
reference<template_variables> inner_variables(const program& of, const visible_names& names,
                                              frame& in) {
  reference<template_variables> result(new template_variables(of));
  result->locals = values_of(names, in);
  result->around = in.shared_variables();
  return result;
}

/// Like inner_variables, for an import: later changes are not visible.
reference<template_variables> imported_variables(const program& of, const visible_names& names,
                                                 frame& in) {
  reference<template_variables> result(new template_variables(of));
  result->locals = in.variables().all(in.render());
  in.render().count_steps(result->locals.size());
  result->isolated = true;
  for (const auto& [key, mapped, hash] : values_of(names, in)) result->locals[key] = mapped;
  return result;
}

value import_module(const expression& what, bool with_context, const visible_names& names,
                    frame& in) {
  render& now = in.render();
  const program& found = now.keep(now.find_template(what.evaluate(in), false, false));
  if (with_context) return now.import(found, imported_variables(found, names, in));
  return value(reference<const module_object>::share(now.import(found)));
}

namespace_object& named_namespace(const value& what) {
  auto* const names = what.as<namespace_object>();
  if (!names) fail(error_kind::runtime, "cannot assign attribute on non-namespace object");
  return *names;
}

}  // namespace

flow run(const body& statements, frame& in) {
  for (const auto& each : statements) {
    in.line = each->at.line;
    const flow end = each->execute(in);
    if (end != flow::normal) return end;
  }
  return flow::normal;
}

void assign(const expression& target, value what, frame& in) {
  switch (target.kind) {
    case node_kind::name: {
      const auto& name = static_cast<const name_expression&>(target);
      if (name.exported) export_name(in, name.name, what, true);
      in.at(name.variable) = std::move(what);
      return;
    }
    case node_kind::name_reference: {
      const auto& reference = static_cast<const name_reference&>(target);
      const value owner = reference.evaluate(in);
      namespace_object& names = named_namespace(owner);
      allow_change(owner, what, in.render());
      in.render().count_memory(sizeof(dict::entry));
      names.set(reference.attribute, what);
      return;
    }
    default:
      unpack(static_cast<const sequence_expression&>(target), what, in);
  }
}

flow output_statement::execute(frame& in) const {
  if (dropped || (unless_extended && in.parent)) return flow::normal;
  output& out = in.out();
  for (const part& each : parts) {
    if (each.what) {
      in.line = each.at.line;
      each.what->print(in, in.render().escapes(each.escapes));
    } else {
      out.append_padded(each.text.data(), each.size);
    }
  }
  in.render().flush_if_full(out);
  return flow::normal;
}

flow branch_statement::execute(frame& in) const {
  for (const arm& each : arms) {
    in.line = each.at.line;
    in.part = each.test.get();
    value scratch;
    if (truth(each.test->evaluate_ref(in, scratch))) return run(each.then, in);
  }
  return run(otherwise, in);
}

flow macro_statement::execute(frame& in) const {
  const value made(reference(new macro_object(definition, name, in)));
  // The macro may keep alive the frame and the variables of its definition.
  in.render().count_memory(sizeof(macro_object) + sizeof(frame) + sizeof(template_variables));
  in.at(variable) = made;
  if (exported) export_name(in, name, made, true);
  return flow::normal;
}

flow call_block_statement::execute(frame& in) const {
  const value caller(reference(new macro_object(definition, {}, in)));
  const value result = call->call(in, &caller);
  in.render().write_as_is(in.out(), result, false);
  in.render().flush_if_full(in.out());
  return flow::normal;
}

namespace {

/// The output of a body, as Markup if text is escaped.
value captured(const body& content, bool safe, frame& in, flow& end) {
  capture captured(in);
  end = run(content, in);
  in.render().count_memory(captured.text.size());
  return value(safe ? value_kind::markup : value_kind::text, captured.text.view());
}

}  // namespace

flow filter_block_statement::execute(frame& in) const {
  in.load(names.once);
  flow end = flow::normal;
  value text = captured(content, in.render().escapes(escapes), in, end);
  // A break or continue from the body discards the text.
  if (end != flow::normal) return end;
  in.line = at.line;
  in.render().write_as_is(in.out(), filter->evaluate_for(in, text), false);
  in.render().flush_if_full(in.out());
  return flow::normal;
}

flow with_statement::execute(frame& in) const {
  in.load(names.once);
  for (std::size_t i = 0; i < targets.size(); ++i) {
    assign(*targets[i], values[i]->evaluate(in), in);
  }
  return run(content, in);
}

namespace {

/// Checks, before evaluating anything, that attributes are assigned only to namespaces.
void check_references(const expression& target, frame& in) {
  if (target.kind == node_kind::name_reference) {
    named_namespace(static_cast<const name_reference&>(target).evaluate(in));
  } else if (target.kind == node_kind::tuple) {
    for (const auto& each : static_cast<const sequence_expression&>(target).items) {
      check_references(*each, in);
    }
  }
}

}  // namespace

flow assignment::execute(frame& in) const {
  check_references(*target, in);
  in.part = source.get();
  assign(*target, source->evaluate(in), in);
  return flow::normal;
}

flow block_assignment::execute(frame& in) const {
  in.load(names.once);
  flow end = flow::normal;
  value text = captured(content, filter && in.render().escapes(escapes), in, end);
  if (end != flow::normal) return end;
  in.line = at.line;
  if (filter) text = filter->evaluate_for(in, text);
  if (in.render().autoescape() && !text.is_markup()) {
    std::string plain;
    append_text(plain, text, in.render());
    text = value(value_kind::markup, plain);
  }
  assign(*target, text, in);
  return flow::normal;
}

flow block_statement::execute(frame& in) const {
  if (dropped || (unless_extended && in.parent)) return flow::normal;
  const block_table::row& row = *in.variables().blocks->find(name);
  if (required && row.blocks.size() <= 1) {
    fail(error_kind::runtime, "Required block " + in_quotes(name) + " not found");
  }
  reference<template_variables> variables = in.shared_variables();
  if (scoped) variables = reference(new template_variables(*variables, values_of(visible, in)));
  in.render().execute_block(row.blocks.front(), variables, in.out());
  in.render().flush_if_full(in.out());
  return flow::normal;
}

flow extends_statement::execute(frame& in) const {
  if (second || in.parent) fail(error_kind::runtime, "extended multiple times");
  render& now = in.render();
  auto found = now.find_template(parent->evaluate(in), false, false);
  in.variables().blocks->add(*found);
  in.parent = std::move(found);
  in.parent_line = at.line;
  return flow::normal;
}

flow include_statement::execute(frame& in) const {
  render& now = in.render();
  in.part = what.get();
  // Like `get_or_select_template`: a literal name must be one name.
  const auto found = now.find_template(what->evaluate(in), true, ignore_missing);
  if (!found) return flow::normal;
  const program& included = now.keep(found);
  if (with_context) {
    now.execute_alone(included, inner_variables(included, visible, in), in.out());
  } else {
    in.out().append(std::string_view(now.import(included).printed()));
  }
  now.flush_if_full(in.out());
  return flow::normal;
}

flow import_statement::execute(frame& in) const {
  in.part = what.get();
  const value module = import_module(*what, with_context, visible, in);
  in.at(variable) = module;
  if (exported) export_name(in, target, module, false);
  return flow::normal;
}

flow from_import_statement::execute(frame& in) const {
  in.part = what.get();
  const value module = import_module(*what, with_context, visible, in);
  const auto& from = static_cast<const module_object&>(module.as_object());
  for (const imported_name& each : names) {
    value& target = in.at(each.variable);
    if (const value* const found = from.find(each.name)) {
      target = *found;
    } else {
      std::string where = "line " + std::to_string(at.line);
      if (in.from().name) where += " in " + in_quotes(*in.from().name);
      target = in.render().undefined_because(
          "the template " + (from.name() ? in_quotes(*from.name()) : "None") + " (imported on " +
          where + ") does not export the requested name " + in_quotes(each.name));
    }
    if (exported) export_name(in, each.alias, target, false);
  }
  return flow::normal;
}

flow evaluation_statement::execute(frame& in) const {
  value scratch;
  what->evaluate_ref(in, scratch);
  return flow::normal;
}

flow autoescape_statement::execute(frame& in) const {
  in.load(names.once);
  value scratch;
  const bool escapes = truth(option->evaluate_ref(in, scratch));
  const autoescape_scope here(in, escapes);
  return run(content, in);
}

}  // namespace aldis::templates::detail
