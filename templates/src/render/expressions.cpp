#include <aldis/templates/error.hpp>

#include "../heap_values.hpp"
#include "../language/literals.hpp"
#include "../memory.hpp"
#include "../python_operations.hpp"
#include "macro.hpp"
#include "render.hpp"

#include <array>
#include <utility>

namespace aldis::templates::detail {

namespace {

/// Two operands. The first must survive the evaluation of the second.
class operands {
 public:
  operands(const expression& left, const expression& right, frame& in)
      : a_(&left.evaluate_ref(in, a_scratch_)) {
    if (a_ != &a_scratch_ && right.kind != node_kind::constant && right.kind != node_kind::name) {
      a_scratch_ = *a_;
      a_ = &a_scratch_;
    }
    b_ = &right.evaluate_ref(in, b_scratch_);
  }
  const value& a() const noexcept { return *a_; }
  const value& b() const noexcept { return *b_; }

 private:
  value a_scratch_;
  value b_scratch_;
  const value* a_;
  const value* b_ = nullptr;
};

/// Evaluates the arguments of a call in Python's order: positional, keyword, *args and **kwargs.
class call_values {
 public:
  call_values(const call_arguments& from, const value* first, const value* caller, frame& in) {
    const std::size_t count = from.positional.size() + (first ? 1 : 0);
    if (count > few_.size() || from.more_positional) {
      many_.reserve(count);
      if (first) many_.push_back(*first);
      for (const auto& each : from.positional) many_.push_back(each->evaluate(in));
      positional_ = many_;
    } else {
      std::size_t i = 0;
      if (first) few_[i++] = *first;
      for (const auto& each : from.positional) few_[i++] = each->evaluate(in);
      positional_ = std::span(few_).first(i);
    }
    if (from.keywords.empty() && !from.more_positional && !from.more_keywords && !caller) return;
    keywords_.reserve(from.keywords.size() + 1);
    for (const keyword& each : from.keywords) {
      keywords_.push_back({each.name, each.argument->evaluate(in)});
    }
    if (caller) keywords_.push_back({"caller", *caller});
    if (from.more_positional) add_positional(from.more_positional->evaluate(in), in);
    if (from.more_keywords) add_keywords(from.more_keywords->evaluate(in), in);
  }

  std::span<const value> positional() const noexcept { return positional_; }
  std::span<const keyword_argument> keywords() const noexcept { return keywords_; }

 private:
  void add_positional(const value& more, frame& in) {
    if (!more.is_undefined() && !is_iterable(more)) {
      fail(error_kind::type,
           "Value after * must be an iterable, not " + std::string(type_name(more)));
    }
    iteration items(more, in.render());
    for (value item; items.next(item);) append(many_, std::move(item), in.render());
    positional_ = many_;
  }

  void add_keywords(value more, frame& in) {
    if (!more.is(value_kind::dict)) {
      fail(error_kind::type,
           "argument after ** must be a mapping, not " + std::string(type_name(more)));
    }
    in.render().count_steps(more.as_dict().size());
    // The names are views into this dict.
    from_ = std::move(more);
    // The keys of a dict are unique: only keyword arguments can repeat.
    const std::size_t by_name = keywords_.size();
    for (const dict::entry& each : from_.as_dict()) {
      if (!each.key.is_text()) fail(error_kind::type, "keywords must be strings");
      count_items(by_name);
      for (std::size_t i = 0; i < by_name; ++i) {
        if (keywords_[i].name == each.key.as_text()) {
          fail(error_kind::type,
               "got multiple values for keyword argument " + in_quotes(each.key.as_text()));
        }
      }
      append(keywords_, keyword_argument{each.key.as_text(), each.mapped}, in.render());
    }
  }

  std::array<value, 4> few_;
  list many_;
  std::span<const value> positional_;
  std::vector<keyword_argument> keywords_;
  value from_;
};

bool is_true(comparison_operator how, const value& a, const value& b, render& in) {
  // NaN is unordered and unequal to everything.
  switch (how) {
    case comparison_operator::eq:
      return equal(a, b);
    case comparison_operator::ne:
      return !equal(a, b);
    case comparison_operator::lt: {
      const auto order = compare(a, b, "<");
      return order && *order < 0;
    }
    case comparison_operator::lteq: {
      const auto order = compare(a, b, "<=");
      return order && *order <= 0;
    }
    case comparison_operator::gt: {
      const auto order = compare(a, b, ">");
      return order && *order > 0;
    }
    case comparison_operator::gteq: {
      const auto order = compare(a, b, ">=");
      return order && *order >= 0;
    }
    case comparison_operator::in:
      return contains(b, a, in);
    case comparison_operator::not_in:
      return !contains(b, a, in);
  }
  return false;
}

}  // namespace

void expression::print(frame& in, bool escapes) const {
  value scratch;
  const value& what = evaluate_ref(in, scratch);
  in.part = this;
  in.render().write(in.out(), what, escapes);
}

value name_expression::evaluate(frame& in) const {
  const value& found = in.at(variable);
  return is_missing(found) ? in.render().undefined(name) : found;
}

const value& name_expression::evaluate_ref(frame& in, value& scratch) const {
  const value& found = in.at(variable);
  if (!is_missing(found)) [[likely]]
    return found;
  scratch = in.render().undefined(name);
  return scratch;
}

void name_expression::print(frame& in, bool escapes) const {
  value scratch;
  const value& what = evaluate_ref(in, scratch);
  in.part = this;
  in.render().write(in.out(), what, escapes);
}

value name_reference::evaluate(frame& in) const {
  in.part = this;
  const value& found = in.at(variable);
  return is_missing(found) ? in.render().undefined(name) : found;
}

const value& attribute_expression::evaluate_ref(frame& in, value& scratch) const {
  value owner_scratch;
  const value& of = owner->evaluate_ref(in, owner_scratch);
  if (of.is(value_kind::dict) && !names_dict_method) {
    count_text(attribute.size());
    if (const value* const found = of.as_dict().find(attribute)) [[likely]] {
      if (&of != &owner_scratch) return *found;
      scratch = *found;
      return scratch;
    }
  }
  in.part = this;
  scratch = in.render().attribute(of, attribute);
  return scratch;
}

value attribute_expression::evaluate(frame& in) const {
  value scratch;
  const value& found = evaluate_ref(in, scratch);
  if (&found != &scratch) return found;
  return scratch;
}

void attribute_expression::print(frame& in, bool escapes) const {
  value scratch;
  const value& what = evaluate_ref(in, scratch);
  in.part = this;
  in.render().write(in.out(), what, escapes);
}

value item_expression::evaluate(frame& in) const {
  if (key->kind == node_kind::slice) {
    const auto& part = static_cast<const slice_expression&>(*key);
    const value of = owner->evaluate(in);
    const auto edge = [&](const expression_pointer& each) {
      return each ? each->evaluate(in) : value();
    };
    const value begin = edge(part.begin);
    const value end = edge(part.end);
    const value step = edge(part.step);
    in.part = this;
    return slice(of, begin, end, step, in.render());
  }
  const operands both(*owner, *key, in);
  in.part = this;
  return in.render().item(both.a(), both.b());
}

value slice_expression::evaluate(frame& in) const {
  in.part = this;
  fail(error_kind::type, "a slice is only possible by itself in [ ]");
}

value call_expression::call(frame& in, const value* caller) const {
  const value what = callee->evaluate(in);
  const call_values args(arguments, nullptr, caller, in);
  in.part = this;
  return in.render().call(what, args.positional(), args.keywords());
}

value call_expression::evaluate(frame& in) const { return call(in, nullptr); }

void call_expression::print(frame& in, bool escapes) const {
  const value what = callee->evaluate(in);
  const call_values args(arguments, nullptr, nullptr, in);
  in.part = this;
  render& now = in.render();
  const auto* const macro = what.as<macro_object>();
  // The output of a macro is Markup if it is called where text is escaped, else text.
  if (macro && (!escapes || now.autoescape()) && !now.env().options().finalize) {
    macro->call(templates::arguments(now, args.positional(), args.keywords()), in.out());
    return;
  }
  now.write(in.out(), now.call(what, args.positional(), args.keywords()), escapes);
}

value filter_expression::apply(frame& in, const value& to) const {
  const call_values args(arguments, &to, nullptr, in);
  in.part = this;
  if (!known) {
    fail(error_kind::runtime, "No " + std::string(kind == node_kind::filter ? "filter" : "test") +
                                  " named " + in_quotes(name) + " found.");
  }
  return in.render().call(function, args.positional(), args.keywords());
}

value filter_expression::evaluate(frame& in) const { return apply(in, operand->evaluate(in)); }

value filter_expression::evaluate_for(frame& in, const value& innermost) const {
  if (!operand) return apply(in, innermost);
  return apply(in, static_cast<const filter_expression&>(*operand).evaluate_for(in, innermost));
}

value sequence_expression::evaluate(frame& in) const {
  in.render().count_memory(items.size() * sizeof(value) + sizeof(list_node));
  list result;
  result.reserve(items.size());
  for (const auto& each : items) result.push_back(each->evaluate(in));
  if (kind == node_kind::tuple) return value(tuple{std::move(result)});
  return value(std::move(result));
}

value dict_expression::evaluate(frame& in) const {
  in.render().count_memory(entries.size() * sizeof(dict::entry) + sizeof(dict_node));
  dict result;
  for (const auto& [key, mapped] : entries) {
    const value name = key->evaluate(in);
    value what = mapped->evaluate(in);
    in.part = this;
    result[name] = std::move(what);
  }
  return value(std::move(result));
}

value unary_expression::evaluate(frame& in) const {
  value scratch;
  const value& of = operand->evaluate_ref(in, scratch);
  in.part = this;
  switch (operation) {
    case unary_operator::logical_not:
      return !truth(of);
    case unary_operator::minus:
      return negative(of);
    case unary_operator::plus:
      return positive(of);
  }
  return {};
}

value binary_expression::evaluate(frame& in) const {
  if (operation == binary_operator::logical_and || operation == binary_operator::logical_or) {
    value first = left->evaluate(in);
    in.part = this;
    return truth(first) == (operation == binary_operator::logical_or) ? std::move(first)
                                                                      : right->evaluate(in);
  }
  const operands both(*left, *right, in);
  in.part = this;
  render& now = in.render();
  switch (operation) {
    case binary_operator::add:
      return add(both.a(), both.b(), now);
    case binary_operator::subtract:
      return subtract(both.a(), both.b(), now);
    case binary_operator::multiply:
      return multiply(both.a(), both.b(), now);
    case binary_operator::divide:
      return divide(both.a(), both.b(), now);
    case binary_operator::floor_divide:
      return floor_divide(both.a(), both.b(), now);
    case binary_operator::modulo:
      return modulo(both.a(), both.b(), now);
    default:
      return power(both.a(), both.b(), now);
  }
}

value concatenation::evaluate(frame& in) const {
  // All parts are evaluated before any is converted to text.
  list values;
  values.reserve(parts.size());
  for (const auto& each : parts) values.push_back(each->evaluate(in));
  in.part = this;
  render& now = in.render();
  bool safe = false;
  if (escapes == escaping::yes) {
    for (value& each : values) {
      each = soft_text(each, now);
      safe = safe || each.is_markup();
    }
  }
  std::string out;
  for (const value& each : values) {
    if (safe && !each.is_markup()) {
      append_escaped(out, each.as_text());
    } else {
      append_text(out, each, now);
    }
  }
  now.count_memory(out.size());
  return value(safe ? value_kind::markup : value_kind::text, out);
}

value marked_safe_expression::evaluate(frame& in) const {
  value what = of->evaluate(in);
  in.part = this;
  render& now = in.render();
  return now.autoescape() ? marked_safe(what, now) : std::move(what);
}

value tag_body_expression::evaluate(frame& in) const {
  // A stored macro keeps the enclosing frame and its variables alive.
  in.render().count_memory(sizeof(macro_object) + sizeof(frame) + sizeof(template_variables));
  return value(reference(new macro_object(definition, {}, in)));
}

value comparison::evaluate(frame& in) const {
  render& now = in.render();
  if (steps.size() == 1) {
    const operands both(*first, *steps.front().with, in);
    in.part = this;
    return is_true(steps.front().operation, both.a(), both.b(), now);
  }
  value left = first->evaluate(in);
  for (const step& each : steps) {
    value right = each.with->evaluate(in);
    in.part = this;
    if (!is_true(each.operation, left, right, now)) return false;
    left = std::move(right);
  }
  return true;
}

value condition::evaluate(frame& in) const {
  bool holds = false;
  {
    value scratch;
    const value& what = test->evaluate_ref(in, scratch);
    in.part = this;
    holds = truth(what);
  }
  if (holds) return then->evaluate(in);
  if (otherwise) return otherwise->evaluate(in);
  std::string where = "line " + std::to_string(at.line);
  if (in.from().name) where += " in " + in_quotes(*in.from().name);
  // Always lenient, independent of the environment.
  reference<undefined_node> what(new undefined_node);
  what->hint = "the inline if-expression on " + where +
               " evaluated to false and no else section was defined.";
  return value::undefined(reference<const counted>(what.detach()));
}

}  // namespace aldis::templates::detail
