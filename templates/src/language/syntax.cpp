#include "syntax.hpp"

#include <algorithm>
#include <string_view>

namespace aldis::templates::detail {

namespace {

void add(const body& statements, std::vector<node*>& into) {
  for (const auto& each : statements) into.push_back(each.get());
}

void add(const macro_definition& definition, std::vector<node*>& into) {
  for (const parameter& each : definition.parameters) {
    if (each.otherwise) into.push_back(each.otherwise.get());
  }
  add(definition.content, into);
}

constexpr std::string_view dict_names[] = {"clear",      "copy",   "fromkeys", "get",
                                           "items",      "keys",   "pop",      "popitem",
                                           "setdefault", "update", "values"};

}  // namespace

attribute_expression::attribute_expression(position where, expression_pointer of, std::string what)
    : expression(node_kind::attribute, where),
      owner(std::move(of)),
      attribute(std::move(what)),
      names_dict_method(std::find(std::begin(dict_names), std::end(dict_names), attribute) !=
                        std::end(dict_names)) {}

void call_arguments::children(std::vector<node*>& into) const {
  for (const auto& each : positional) into.push_back(each.get());
  for (const keyword& each : keywords) into.push_back(each.argument.get());
  if (more_positional) into.push_back(more_positional.get());
  if (more_keywords) into.push_back(more_keywords.get());
}

void loop_statement::children(std::vector<node*>& into) const {
  into.push_back(target.get());
  into.push_back(over.get());
  add(rounds, into);
  add(otherwise, into);
  if (test) into.push_back(test.get());
}

void branch_statement::children(std::vector<node*>& into) const {
  for (const arm& each : arms) {
    into.push_back(each.test.get());
    add(each.then, into);
  }
  add(otherwise, into);
}

void macro_statement::children(std::vector<node*>& into) const { add(definition, into); }

void tag_body_expression::children(std::vector<node*>& into) const { add(definition, into); }

void call_block_statement::children(std::vector<node*>& into) const {
  into.push_back(call.get());
  add(definition, into);
}

void filter_block_statement::children(std::vector<node*>& into) const {
  add(content, into);
  into.push_back(filter.get());
}

void with_statement::children(std::vector<node*>& into) const {
  for (const auto& each : targets) into.push_back(each.get());
  for (const auto& each : values) into.push_back(each.get());
  add(content, into);
}

void block_assignment::children(std::vector<node*>& into) const {
  into.push_back(target.get());
  if (filter) into.push_back(filter.get());
  add(content, into);
}

void block_statement::children(std::vector<node*>& into) const { add(content, into); }

void autoescape_statement::children(std::vector<node*>& into) const {
  into.push_back(option.get());
  add(content, into);
}

}  // namespace aldis::templates::detail
