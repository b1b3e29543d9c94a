#include "frame.hpp"

#include "../memory.hpp"
#include "../python_operations.hpp"
#include "render.hpp"

#include <utility>

namespace aldis::templates::detail {

block_table::row* block_table::find(std::string_view name) noexcept {
  const auto found = rows.find(name);
  return found == rows.end() ? nullptr : &found->second;
}

void block_table::add(const program& from) {
  if (from.blocks.empty()) return;
  programs.push_back(from.shared_from_this());
  for (const auto& [name, statement] : from.blocks) {
    row& found = rows.try_emplace(name, row{name, {}}).first->second;
    found.blocks.push_back({statement, &from});
  }
}

const value* template_variables::find(std::string_view name, const detail::render& in) const {
  for (const template_variables* each = this; each; each = each->around.get()) {
    if (const value* const found = each->top_level.find(name)) return found;
    if (const value* const found = each->locals.find(name)) return found;
    if (each->isolated) return in.find_global(name);
  }
  return in.find_variable(name);
}

dict template_variables::all(const detail::render& in) const {
  dict result;
  if (around) {
    result = around->all(in);
  } else if (!isolated) {
    result = in.variables();
  }
  for (const dict* each : {&locals, &top_level}) {
    for (const auto& [key, mapped, hash] : *each) result[key] = mapped;
  }
  return result;
}

template_variables::template_variables(const program& of)
    : blocks(std::make_shared<block_table>()), autoescape(of.escapes) {
  blocks->add(of);
}

template_variables::template_variables(const template_variables& from, dict visible)
    : blocks(from.blocks),
      autoescape(from.autoescape),
      locals(std::move(visible)),
      around(reference<template_variables>::share(const_cast<template_variables&>(from))) {}

reference<frame> frame::make(detail::render& in, const program& from,
                             reference<template_variables> variables, const function_layout& layout,
                             output& out) {
  return make(in, from, std::move(variables), layout, {}, out);
}

reference<frame> frame::make(frame& around, const function_layout& layout, output& out) {
  return make(around.render(), around.from(), around.shared_variables(), layout,
              reference<frame>::share(around), out);
}

reference<frame> frame::make(detail::render& in, const program& from,
                             reference<template_variables> variables, const function_layout& layout,
                             reference<frame> around, output& out) {
  count_bytes_made(bytes_of(layout.slots));
  void* const memory = ::operator new(sizeof(frame) + layout.slots * sizeof(value));
  auto* const made =
      ::new (memory) frame(in, from, std::move(variables), layout.slots, std::move(around), out);
  for (std::size_t i = 0; i < layout.slots; ++i) new (made->slots() + i) value(missing());
  return reference<frame>(made);
}

frame::~frame() {
  for (std::size_t i = 0; i < count_; ++i) slots()[i].~value();
  release_bytes_made(bytes_of(count_));
}

std::size_t frame::bytes_of(std::size_t slots) noexcept {
  return sizeof(frame) + slots * sizeof(value) + block_overhead;
}

void frame::load(const std::vector<slot_load>& names) {
  for (const slot_load& each : names) {
    value& into = at(each.number);
    switch (each.what) {
      case slot_load::action::resolve: {
        count_text(each.name.size());
        const value* const found = variables_->find(each.name, *render_);
        into = found ? *found : missing();
        break;
      }
      case slot_load::action::copy:
        into = at(each.from);
        break;
      case slot_load::action::clear:
        into = missing();
        break;
    }
  }
}

void frame::clear() noexcept {
  for (std::size_t i = 0; i < count_; ++i) slots()[i] = missing();
  if (variables_) {
    variables_->top_level.clear();
    variables_->locals.clear();
    variables_->around = {};
  }
  variables_ = {};
  around_ = {};
  parent.reset();
}

}  // namespace aldis::templates::detail
