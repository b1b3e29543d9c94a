#include "literals.hpp"
#include "parser.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace aldis::templates::detail {

void parser::measure(expression& made) {
  std::vector<node*> children;
  made.children(children);
  for (const node* const child : children) {
    made.depth = std::max(made.depth, static_cast<const expression*>(child)->depth + 1);
  }
  if (made.depth > 2 * options_.limits.nesting) fail_nesting();
}

expression_pointer parser::parse_expression(bool with_condition) {
  const nested deeper(*this);
  return with_condition ? parse_condition() : parse_or();
}

expression_pointer parser::parse_condition() {
  position at = current_.at;
  expression_pointer result = parse_or();
  while (skip_if_name("if")) {
    expression_pointer test = parse_or();
    expression_pointer otherwise;
    if (skip_if_name("else")) {
      const nested deeper(*this);
      otherwise = parse_condition();
    }
    result = make<condition>(at, std::move(test), std::move(result), std::move(otherwise));
    at = current_.at;
  }
  return result;
}

expression_pointer parser::parse_or() {
  const position at = current_.at;
  expression_pointer left = parse_and();
  while (skip_if_name("or")) {
    left = make<binary_expression>(at, binary_operator::logical_or, std::move(left), parse_and());
  }
  return left;
}

expression_pointer parser::parse_and() {
  const position at = current_.at;
  expression_pointer left = parse_not();
  while (skip_if_name("and")) {
    left = make<binary_expression>(at, binary_operator::logical_and, std::move(left), parse_not());
  }
  return left;
}

expression_pointer parser::parse_not() {
  if (!current_.is_name("not")) return parse_comparison();
  const nested deeper(*this);
  const position at = take().at;
  return make<unary_expression>(at, unary_operator::logical_not, parse_not());
}

expression_pointer parser::parse_comparison() {
  position at = current_.at;
  expression_pointer first = parse_sum();
  std::vector<comparison::step> steps;
  for (;;) {
    comparison_operator operation{};
    if (skip_if(token_kind::eq)) {
      operation = comparison_operator::eq;
    } else if (skip_if(token_kind::ne)) {
      operation = comparison_operator::ne;
    } else if (skip_if(token_kind::lt)) {
      operation = comparison_operator::lt;
    } else if (skip_if(token_kind::lteq)) {
      operation = comparison_operator::lteq;
    } else if (skip_if(token_kind::gt)) {
      operation = comparison_operator::gt;
    } else if (skip_if(token_kind::gteq)) {
      operation = comparison_operator::gteq;
    } else if (skip_if_name("in")) {
      operation = comparison_operator::in;
    } else if (current_.is_name("not") && look().is_name("in")) {
      take();
      take();
      operation = comparison_operator::not_in;
    } else {
      break;
    }
    steps.push_back({operation, parse_sum()});
    at.line = current_.at.line;
  }
  if (steps.empty()) return first;
  return make<comparison>(at, std::move(first), std::move(steps));
}

expression_pointer parser::parse_sum() {
  position at = current_.at;
  expression_pointer left = parse_concatenation();
  while (current_.is(token_kind::add) || current_.is(token_kind::sub)) {
    const binary_operator operation =
        take().is(token_kind::add) ? binary_operator::add : binary_operator::subtract;
    left = make<binary_expression>(at, operation, std::move(left), parse_concatenation());
    at.line = current_.at.line;
  }
  return left;
}

expression_pointer parser::parse_concatenation() {
  const position at = current_.at;
  expressions parts;
  parts.push_back(parse_product());
  while (skip_if(token_kind::tilde)) parts.push_back(parse_product());
  if (parts.size() == 1) return std::move(parts.front());
  return make<concatenation>(at, std::move(parts));
}

expression_pointer parser::parse_product() {
  position at = current_.at;
  expression_pointer left = parse_power();
  for (;;) {
    binary_operator operation{};
    if (skip_if(token_kind::mul)) {
      operation = binary_operator::multiply;
    } else if (skip_if(token_kind::div)) {
      operation = binary_operator::divide;
    } else if (skip_if(token_kind::floordiv)) {
      operation = binary_operator::floor_divide;
    } else if (skip_if(token_kind::mod)) {
      operation = binary_operator::modulo;
    } else {
      return left;
    }
    left = make<binary_expression>(at, operation, std::move(left), parse_power());
    at.line = current_.at.line;
  }
}

expression_pointer parser::parse_power() {
  position at = current_.at;
  expression_pointer left = parse_unary();
  while (skip_if(token_kind::pow)) {
    left = make<binary_expression>(at, binary_operator::power, std::move(left), parse_unary());
    at.line = current_.at.line;
  }
  return left;
}

expression_pointer parser::parse_unary(bool with_filter) {
  expression_pointer result;
  if (current_.is(token_kind::sub) || current_.is(token_kind::add)) {
    const nested deeper(*this);
    const token sign = take();
    result = make<unary_expression>(
        sign.at, sign.is(token_kind::sub) ? unary_operator::minus : unary_operator::plus,
        parse_unary(false));
  } else {
    result = parse_primary();
  }
  result = parse_postfix(std::move(result));
  return with_filter ? parse_filters_and_tests(std::move(result)) : std::move(result);
}

expression_pointer parser::parse_primary() {
  switch (current_.kind) {
    case token_kind::name: {
      token name = take();
      if (name.text == "true" || name.text == "True")
        return make<constant_expression>(name.at, true);
      if (name.text == "false" || name.text == "False") {
        return make<constant_expression>(name.at, false);
      }
      if (name.text == "none" || name.text == "None") {
        return make<constant_expression>(name.at, value());
      }
      return make<name_expression>(name.at, std::move(name.text), name_use::load);
    }
    case token_kind::string: {
      token text = take();
      while (current_.is(token_kind::string)) text.text += take().text;
      return make<constant_expression>(text.at, value(text.text));
    }
    case token_kind::integer:
    case token_kind::floating: {
      const token number = take();
      return make<constant_expression>(number.at, number.number);
    }
    case token_kind::lparen: {
      take();
      expression_pointer result = parse_tuple({.in_parentheses = true});
      expect(token_kind::rparen);
      return result;
    }
    case token_kind::lbracket:
      return parse_list();
    case token_kind::lbrace:
      return parse_dict();
    default:
      fail("unexpected " + in_quotes(describe(current_)));
  }
}

bool parser::at_tuple_end() const noexcept {
  return current_.is(token_kind::variable_end) || current_.is(token_kind::block_end) ||
         current_.is(token_kind::rparen);
}

expression_pointer parser::parse_tuple(const tuple_rules& rules) {
  position at = current_.at;
  expressions items;
  bool is_tuple = false;
  for (;;) {
    if (!items.empty()) expect(token_kind::comma);
    if (at_tuple_end()) break;
    if (rules.simple) {
      const nested deeper(*this);
      items.push_back(rules.with_reference && at_reference() ? parse_reference() : parse_primary());
    } else {
      items.push_back(parse_expression(rules.with_condition));
    }
    if (!current_.is(token_kind::comma)) break;
    is_tuple = true;
    at.line = current_.at.line;
  }
  if (!is_tuple) {
    if (!items.empty()) return std::move(items.front());
    if (!rules.in_parentheses) {
      fail("Expected an expression, got " + in_quotes(describe(current_)));
    }
  }
  return make<sequence_expression>(node_kind::tuple, at, std::move(items));
}

expression_pointer parser::parse_list() {
  const position at = expect(token_kind::lbracket).at;
  expressions items;
  while (!current_.is(token_kind::rbracket)) {
    if (!items.empty()) expect(token_kind::comma);
    if (current_.is(token_kind::rbracket)) break;
    items.push_back(parse_expression());
  }
  expect(token_kind::rbracket);
  return make<sequence_expression>(node_kind::list, at, std::move(items));
}

expression_pointer parser::parse_dict() {
  auto result = std::make_unique<dict_expression>(expect(token_kind::lbrace).at);
  while (!current_.is(token_kind::rbrace)) {
    if (!result->entries.empty()) expect(token_kind::comma);
    if (current_.is(token_kind::rbrace)) break;
    expression_pointer key = parse_expression();
    expect(token_kind::colon);
    expression_pointer mapped = parse_expression();
    result->entries.emplace_back(std::move(key), std::move(mapped));
  }
  expect(token_kind::rbrace);
  measure(*result);
  return result;
}

expression_pointer parser::parse_postfix(expression_pointer of) {
  for (;;) {
    if (current_.is(token_kind::dot) || current_.is(token_kind::lbracket)) {
      of = parse_subscript(std::move(of));
    } else if (current_.is(token_kind::lparen)) {
      of = parse_call(std::move(of));
    } else {
      return of;
    }
  }
}

expression_pointer parser::parse_filters_and_tests(expression_pointer of) {
  for (;;) {
    if (current_.is(token_kind::pipe)) {
      of = parse_filter(std::move(of), false);
    } else if (current_.is_name("is")) {
      of = parse_test(std::move(of));
    } else if (current_.is(token_kind::lparen)) {
      // Filters and tests may be followed by a call too.
      of = parse_call(std::move(of));
    } else {
      return of;
    }
  }
}

expression_pointer parser::parse_subscript(expression_pointer of) {
  const token mark = take();
  if (mark.is(token_kind::dot)) {
    token name = take();
    if (name.is(token_kind::name)) {
      return make<attribute_expression>(mark.at, std::move(of), std::move(name.text));
    }
    if (!name.is(token_kind::integer)) fail("expected name or number", name.at);
    return make<item_expression>(mark.at, std::move(of),
                                 make<constant_expression>(name.at, name.number));
  }
  expressions keys;
  while (!current_.is(token_kind::rbracket)) {
    if (!keys.empty()) expect(token_kind::comma);
    keys.push_back(parse_subscribed());
  }
  expect(token_kind::rbracket);
  expression_pointer key =
      keys.size() == 1 ? std::move(keys.front())
                       : make<sequence_expression>(node_kind::tuple, mark.at, std::move(keys));
  return make<item_expression>(mark.at, std::move(of), std::move(key));
}

expression_pointer parser::parse_subscribed() {
  const position at = current_.at;
  expression_pointer begin;
  if (!current_.is(token_kind::colon)) {
    begin = parse_expression();
    if (!current_.is(token_kind::colon)) return begin;
  }
  take();
  const auto ends = [&] {
    return current_.is(token_kind::rbracket) || current_.is(token_kind::comma);
  };
  expression_pointer end;
  expression_pointer step;
  if (!current_.is(token_kind::colon) && !ends()) end = parse_expression();
  if (skip_if(token_kind::colon) && !ends()) step = parse_expression();
  return make<slice_expression>(at, std::move(begin), std::move(end), std::move(step));
}

call_arguments parser::parse_arguments() {
  const position at = expect(token_kind::lparen).at;
  call_arguments result;
  std::set<std::string> by_name;
  const auto ensure = [&](bool valid) {
    if (!valid) fail("invalid syntax for function call expression", at);
  };
  bool comma = false;
  while (!current_.is(token_kind::rparen)) {
    if (comma) {
      expect(token_kind::comma);
      if (current_.is(token_kind::rparen)) break;
    }
    comma = true;
    if (skip_if(token_kind::mul)) {
      ensure(!result.more_positional && !result.more_keywords);
      result.more_positional = parse_expression();
    } else if (skip_if(token_kind::pow)) {
      ensure(!result.more_keywords);
      result.more_keywords = parse_expression();
    } else if (current_.is(token_kind::name) && look().is(token_kind::assign)) {
      ensure(!result.more_keywords);
      std::string name = take().text;
      take();
      if (!by_name.insert(name).second) fail("keyword argument repeated: " + name, at);
      result.keywords.push_back({std::move(name), parse_expression()});
    } else {
      ensure(!result.more_positional && !result.more_keywords && result.keywords.empty());
      result.positional.push_back(parse_expression());
    }
  }
  expect(token_kind::rparen);
  return result;
}

expression_pointer parser::parse_call(expression_pointer of) {
  const position at = current_.at;
  call_arguments arguments = parse_arguments();
  return make<call_expression>(at, std::move(of), std::move(arguments));
}

std::string parser::parse_dotted_name() {
  std::string name = expect(token_kind::name).text;
  while (skip_if(token_kind::dot)) name += "." + expect(token_kind::name).text;
  return name;
}

std::unique_ptr<filter_expression> parser::parse_filter(expression_pointer of, bool at_name) {
  std::unique_ptr<filter_expression> last;
  while (at_name || current_.is(token_kind::pipe)) {
    if (!at_name) take();
    at_name = false;
    const position at = current_.at;
    std::string name = parse_dotted_name();
    call_arguments arguments;
    if (current_.is(token_kind::lparen)) arguments = parse_arguments();
    last = make<filter_expression>(node_kind::filter, at, std::move(of), std::move(name),
                                   std::move(arguments));
    if (!current_.is(token_kind::pipe)) break;
    of = std::move(last);
  }
  return last;
}

expression_pointer parser::parse_test(expression_pointer of) {
  const position at = take().at;
  const bool negated = skip_if_name("not");
  std::string name = parse_dotted_name();
  call_arguments arguments;
  if (current_.is(token_kind::lparen)) {
    arguments = parse_arguments();
  } else if (current_.is(token_kind::string) || current_.is(token_kind::integer) ||
             current_.is(token_kind::floating) || current_.is(token_kind::lbracket) ||
             current_.is(token_kind::lbrace) ||
             (current_.is(token_kind::name) && !at_name({"else", "or", "and"}))) {
    if (current_.is_name("is")) fail("You cannot chain multiple tests with is");
    const nested deeper(*this);
    arguments.positional.push_back(parse_postfix(parse_primary()));
  }
  expression_pointer result = make<filter_expression>(node_kind::test, at, std::move(of),
                                                      std::move(name), std::move(arguments));
  if (!negated) return result;
  return make<unary_expression>(at, unary_operator::logical_not, std::move(result));
}

}  // namespace aldis::templates::detail
