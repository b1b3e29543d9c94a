#include "parser.hpp"

#include "../render/output.hpp"
#include "../text/unicode.hpp"
#include "../text/utf8.hpp"
#include "literals.hpp"

#include <algorithm>

namespace aldis::templates::detail {

parser::parser(std::string_view source, const environment_options& options, const custom_tags& tags)
    : options_(options), tags_(tags), lexer_(source, options) {
  current_ = lexer_.next();
  if (current_.is(token_kind::end)) current_.at.line = 1;
}

body parser::parse() { return parse_until({}, true); }

// Tokens

token parser::take() {
  token next;
  if (ahead_) {
    next = std::move(*ahead_);
    ahead_.reset();
  } else {
    next = lexer_.next();
    // The position of the end is that of the last token.
    if (next.is(token_kind::end)) next.at.line = current_.at.line;
  }
  return std::exchange(current_, std::move(next));
}

const token& parser::look() {
  if (!ahead_) {
    ahead_ = lexer_.next();
    if (ahead_->is(token_kind::end)) ahead_->at.line = current_.at.line;
  }
  return *ahead_;
}

bool parser::skip_if(token_kind what) {
  if (!current_.is(what)) return false;
  take();
  return true;
}

bool parser::skip_if_name(std::string_view name) {
  if (!current_.is_name(name)) return false;
  take();
  return true;
}

token parser::expect(token_kind what) {
  if (!current_.is(what)) fail_expected(describe(what));
  return take();
}

token parser::expect_name(std::string_view name) {
  if (!current_.is_name(name)) fail_expected(name);
  return take();
}

bool parser::at_name(const names& any) const noexcept {
  return std::any_of(any.begin(), any.end(),
                     [&](std::string_view name) { return current_.is_name(name); });
}

// Errors

void parser::fail(std::string message) { fail(std::move(message), current_.at); }

void parser::fail(std::string message, const position& at, error_kind kind) {
  throw source_error{kind, std::move(message), at};
}

void parser::fail_expected(std::string_view what) {
  if (current_.is(token_kind::end)) {
    fail("unexpected end of template, expected " + in_quotes(what) + ".");
  }
  fail("expected token " + in_quotes(what) + ", got " + in_quotes(describe(current_)));
}

void parser::fail_nesting() {
  fail("nested more than " + std::to_string(options_.limits.nesting) + " deep", current_.at,
       error_kind::limit);
}

void parser::fail_tag(const std::string* name, const std::vector<names>& ends, const position& at) {
  std::string message =
      name ? "Encountered unknown tag " + in_quotes(*name) + "." : "Unexpected end of template.";
  if (!ends.empty()) {
    std::string looking_for;
    for (const std::string_view each : ends.back()) {
      if (!looking_for.empty()) looking_for += " or ";
      looking_for += in_quotes(each);
    }
    const bool expected = name && std::any_of(ends.begin(), ends.end(), [&](const names& any) {
                            return std::find(any.begin(), any.end(), *name) != any.end();
                          });
    message += expected ? " You probably made a nesting mistake. Jinja is expecting this tag, but "
                          "currently looking for " +
                              looking_for + "."
                        : " Jinja was looking for the following tags: " + looking_for + ".";
  }
  if (!open_tags_.empty()) {
    message +=
        " The innermost block that needs to be closed is " + in_quotes(open_tags_.back()) + ".";
  }
  fail(std::move(message), at);
}

// Statements

body parser::parse_until(const names& ends, bool at_top) {
  const nested deeper(*this);
  if (!at_top) open_ends_.push_back(ends);
  body result;
  std::unique_ptr<output_statement> output;
  const auto add_output = [&](output_statement::part part, const position& at) {
    if (!output) output = std::make_unique<output_statement>(at);
    output->parts.push_back(std::move(part));
  };
  const auto flush = [&] {
    if (output) result.push_back(std::move(output));
  };
  while (!current_.is(token_kind::end)) {
    if (current_.is(token_kind::data)) {
      token data = take();
      const std::size_t size = data.text.size();
      data.text.append(padding, '\0');
      add_output({std::move(data.text), size, nullptr, data.at}, data.at);
    } else if (current_.is(token_kind::variable_begin)) {
      take();
      expression_pointer what = parse_tuple({});
      const position at = what->at;
      add_output({{}, 0, std::move(what), at}, at);
      expect(token_kind::variable_end);
    } else {
      flush();
      take();
      if (!at_top && at_name(ends)) {
        open_ends_.pop_back();
        return result;
      }
      parse_statement(result);
      expect(token_kind::block_end);
    }
  }
  flush();
  if (!at_top) open_ends_.pop_back();
  return result;
}

body parser::parse_statements(const names& ends, bool drop_end) {
  skip_if(token_kind::colon);
  expect(token_kind::block_end);
  body result = parse_until(ends, false);
  if (current_.is(token_kind::end)) {
    std::vector<names> all = open_ends_;
    all.push_back(ends);
    fail_tag(nullptr, all, current_.at);
  }
  if (drop_end) take();
  return result;
}

void parser::parse_statement(body& into) {
  const token tag = current_;
  if (!tag.is(token_kind::name)) fail("tag name expected", tag.at);
  open_tags_.push_back(tag.text);
  if (tag.text == "trans" && options_.translate) {
    parse_trans(into);
  } else {
    into.push_back(parse_tag(tag));
  }
  open_tags_.pop_back();
}

struct parser::own_tag {
  std::string_view name;
  std::unique_ptr<statement> (parser::*parse)();
};

const parser::own_tag* parser::find_own_tag(std::string_view name,
                                            const environment_options& options) noexcept {
  static constexpr own_tag known[] = {
      {"for", &parser::parse_loop},
      {"if", &parser::parse_branch},
      {"block", &parser::parse_block},
      {"extends", &parser::parse_extends},
      {"print", &parser::parse_print},
      {"macro", &parser::parse_macro},
      {"include", &parser::parse_include},
      {"from", &parser::parse_from_import},
      {"import", &parser::parse_import},
      {"set", &parser::parse_set},
      {"with", &parser::parse_with},
      {"autoescape", &parser::parse_autoescape},
      {"call", &parser::parse_call_block},
      {"filter", &parser::parse_filter_block},
      {"do", &parser::parse_do},
      {"break", &parser::parse_loop_control},
      {"continue", &parser::parse_loop_control},
  };
  for (const own_tag& each : known) {
    if (each.name != name) continue;
    if (each.parse == &parser::parse_do && !options.do_statement) continue;
    if (each.parse == &parser::parse_loop_control && !options.loop_controls) continue;
    return &each;
  }
  return nullptr;
}

std::string_view parser::own_tag_of(std::string_view word,
                                    const environment_options& options) noexcept {
  struct part {
    std::string_view word;
    std::string_view tag;
  };
  static constexpr part parts[] = {
      {"else", "if"},        {"elif", "if"},          {"endif", "if"},
      {"endfor", "for"},     {"endblock", "block"},   {"endmacro", "macro"},
      {"endset", "set"},     {"endwith", "with"},     {"endautoescape", "autoescape"},
      {"endcall", "call"},   {"endfilter", "filter"}, {"raw", "raw"},
      {"endraw", "raw"},     {"trans", "trans"},      {"pluralize", "trans"},
      {"endtrans", "trans"},
  };
  if (const own_tag* const own = find_own_tag(word, options)) return own->name;
  for (const part& each : parts) {
    if (each.word == word && (each.tag != "trans" || options.translate)) return each.tag;
  }
  return {};
}

std::unique_ptr<statement> parser::parse_tag(const token& tag) {
  if (const own_tag* const own = find_own_tag(tag.text, options_)) return (this->*own->parse)();
  if (const auto custom = tags_.find(tag.text); custom != tags_.end()) {
    return parse_custom_tag(custom->second);
  }
  open_tags_.pop_back();
  fail_tag(&tag.text, open_ends_, tag.at);
}

std::unique_ptr<statement> parser::parse_loop() {
  auto result = std::make_unique<loop_statement>(take().at);
  result->target = parse_target();
  expect_name("in");
  result->over = parse_tuple({.with_condition = false});
  const position repeated = current_.at;
  if (skip_if_name("if")) result->test = parse_expression();
  result->recursive = skip_if_name("recursive");
  ++loops_;
  result->rounds = parse_statements({"endfor", "else"}, false);
  --loops_;
  if (take().text != "endfor") result->otherwise = parse_statements({"endfor"}, true);
  result->weight = weight_since(repeated);
  return result;
}

std::unique_ptr<statement> parser::parse_branch() {
  auto result = std::make_unique<branch_statement>(take().at);
  position at = result->at;
  for (;;) {
    branch_statement::arm arm;
    arm.at = at;
    arm.test = parse_tuple({.with_condition = false});
    arm.then = parse_statements({"elif", "else", "endif"}, false);
    result->arms.push_back(std::move(arm));
    const token end = take();
    if (end.is_name("elif")) {
      at = current_.at;
      continue;
    }
    if (end.is_name("else")) result->otherwise = parse_statements({"endif"}, true);
    return result;
  }
}

std::unique_ptr<statement> parser::parse_block() {
  auto result = std::make_unique<block_statement>(take().at);
  result->name = expect(token_kind::name).text;
  result->scoped = skip_if_name("scoped");
  result->required = skip_if_name("required");
  if (current_.is(token_kind::sub)) {
    fail(
        "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, "
        "use an underscore instead.");
  }
  const std::size_t loops = std::exchange(loops_, 0);
  result->content = parse_statements({"endblock"}, true);
  result->weight = weight_since(result->at);
  loops_ = loops;
  if (result->required) {
    for (const auto& each : result->content) {
      const auto* const output = dynamic_cast<const output_statement*>(each.get());
      if (output && std::all_of(output->parts.begin(), output->parts.end(), [](const auto& part) {
            return !part.what && space_at(part.text, 0) == part.size;
          })) {
        continue;
      }
      fail("Required blocks can only contain comments or whitespace");
    }
  }
  skip_if_name(result->name);
  return result;
}

std::unique_ptr<statement> parser::parse_extends() {
  auto result = std::make_unique<extends_statement>(take().at);
  result->parent = parse_expression();
  return result;
}

std::unique_ptr<statement> parser::parse_print() {
  auto result = std::make_unique<output_statement>(take().at);
  while (!current_.is(token_kind::block_end)) {
    if (!result->parts.empty()) expect(token_kind::comma);
    expression_pointer what = parse_expression();
    const position at = what->at;
    result->parts.push_back({{}, 0, std::move(what), at});
  }
  return result;
}

void parser::parse_parameters(macro_definition& definition) {
  expect(token_kind::lparen);
  bool defaults = false;
  while (!current_.is(token_kind::rparen)) {
    if (!definition.parameters.empty()) expect(token_kind::comma);
    const auto name = parse_target_name(name_use::parameter);
    parameter added;
    added.name = name->name;
    added.at = name->at;
    if (skip_if(token_kind::assign)) {
      added.otherwise = parse_expression();
      defaults = true;
    } else if (defaults) {
      fail("non-default argument follows default argument");
    }
    definition.parameters.push_back(std::move(added));
  }
  expect(token_kind::rparen);
}

std::unique_ptr<statement> parser::parse_macro() {
  auto result = std::make_unique<macro_statement>(take().at);
  result->name = parse_target_name(name_use::store)->name;
  parse_parameters(result->definition);
  const std::size_t loops = std::exchange(loops_, 0);
  result->definition.content = parse_statements({"endmacro"}, true);
  result->definition.weight = weight_since(result->at);
  loops_ = loops;
  return result;
}

std::unique_ptr<statement> parser::parse_call_block() {
  auto result = std::make_unique<call_block_statement>(take().at);
  if (current_.is(token_kind::lparen)) parse_parameters(result->definition);
  expression_pointer call = parse_expression();
  if (call->kind != node_kind::call) fail("expected call", result->at);
  result->call.reset(static_cast<call_expression*>(call.release()));
  const std::size_t loops = std::exchange(loops_, 0);
  result->definition.content = parse_statements({"endcall"}, true);
  result->definition.weight = weight_since(result->at);
  loops_ = loops;
  return result;
}

std::unique_ptr<statement> parser::parse_filter_block() {
  auto result = std::make_unique<filter_block_statement>(take().at);
  result->filter = parse_filter(nullptr, true);
  result->content = parse_statements({"endfilter"}, true);
  return result;
}

std::optional<bool> parser::parse_context() {
  if (!at_name({"with", "without"}) || !look().is_name("context")) return std::nullopt;
  const bool with = take().text == "with";
  take();
  return with;
}

std::unique_ptr<statement> parser::parse_include() {
  auto result = std::make_unique<include_statement>(take().at);
  result->what = parse_expression();
  if (current_.is_name("ignore") && look().is_name("missing")) {
    result->ignore_missing = true;
    take();
    take();
  }
  result->with_context = parse_context().value_or(true);
  return result;
}

std::unique_ptr<statement> parser::parse_import() {
  auto result = std::make_unique<import_statement>(take().at);
  result->what = parse_expression();
  expect_name("as");
  result->target = parse_target_name(name_use::store)->name;
  result->with_context = parse_context().value_or(false);
  return result;
}

std::unique_ptr<statement> parser::parse_from_import() {
  auto result = std::make_unique<from_import_statement>(take().at);
  result->what = parse_expression();
  expect_name("import");
  std::optional<bool> with_context;
  for (;;) {
    if (!result->names.empty()) expect(token_kind::comma);
    if (!current_.is(token_kind::name)) {
      expect(token_kind::name);
    }
    with_context = parse_context();
    if (with_context) break;
    const auto name = parse_target_name(name_use::store);
    if (name->name.starts_with('_')) {
      fail("names starting with an underline can not be imported", name->at, error_kind::assertion);
    }
    std::string alias = name->name;
    if (skip_if_name("as")) alias = parse_target_name(name_use::store)->name;
    result->names.push_back({name->name, std::move(alias), {}});
    with_context = parse_context();
    if (with_context || !current_.is(token_kind::comma)) break;
  }
  result->with_context = with_context.value_or(false);
  return result;
}

std::unique_ptr<statement> parser::parse_set() {
  const position at = take().at;
  expression_pointer target = parse_target(true);
  if (skip_if(token_kind::assign)) {
    auto result = std::make_unique<assignment>(at);
    result->target = std::move(target);
    result->source = parse_tuple({});
    return result;
  }
  auto result = std::make_unique<block_assignment>(at);
  result->target = std::move(target);
  result->filter = parse_filter(nullptr, false);
  result->content = parse_statements({"endset"}, true);
  return result;
}

std::unique_ptr<statement> parser::parse_with() {
  auto result = std::make_unique<with_statement>(take().at);
  while (!current_.is(token_kind::block_end)) {
    if (!result->targets.empty()) expect(token_kind::comma);
    expression_pointer target = parse_target();
    make_target(*target, name_use::parameter);
    result->targets.push_back(std::move(target));
    expect(token_kind::assign);
    result->values.push_back(parse_expression());
  }
  result->content = parse_statements({"endwith"}, true);
  return result;
}

std::unique_ptr<statement> parser::parse_autoescape() {
  auto result = std::make_unique<autoescape_statement>(take().at);
  result->option = parse_expression();
  result->content = parse_statements({"endautoescape"}, true);
  return result;
}

std::unique_ptr<statement> parser::parse_do() {
  auto result = std::make_unique<evaluation_statement>(take().at);
  result->what = parse_tuple({});
  return result;
}

std::unique_ptr<statement> parser::parse_loop_control() {
  const token tag = take();
  const bool leaves = tag.text == "break";
  if (loops_ == 0) {
    fail(leaves ? "'break' outside loop" : "'continue' not properly in loop", tag.at);
  }
  return std::make_unique<loop_control_statement>(tag.at,
                                                  leaves ? flow::break_loop : flow::continue_loop);
}

// Targets

namespace {

bool is_constant(std::string_view name) noexcept {
  static constexpr std::string_view constants[] = {"true", "false", "none",
                                                   "True", "False", "None"};
  return std::find(std::begin(constants), std::end(constants), name) != std::end(constants);
}

}  // namespace

bool parser::at_reference() {
  return current_.is(token_kind::name) && !is_constant(current_.text) && look().is(token_kind::dot);
}

expression_pointer parser::parse_reference() {
  const token name = take();
  take();
  const token attribute = expect(token_kind::name);
  return make<name_reference>(name.at, name.text, attribute.text);
}

expression_pointer parser::parse_target(bool may_be_reference) {
  expression_pointer target = parse_tuple({.simple = true, .with_reference = may_be_reference});
  if (!can_assign(*target)) {
    std::string_view what = "const";
    if (target->kind == node_kind::tuple) what = "tuple";
    if (target->kind == node_kind::list) what = "list";
    if (target->kind == node_kind::dict) what = "dict";
    fail("can't assign to " + in_quotes(what), target->at);
  }
  make_target(*target, name_use::store);
  return target;
}

std::unique_ptr<name_expression> parser::parse_target_name(name_use use) {
  const token name = expect(token_kind::name);
  auto target = make<name_expression>(name.at, name.text, use);
  if (!can_assign(*target)) fail("can't assign to 'name'", name.at);
  return target;
}

bool parser::can_assign(const expression& what) noexcept {
  if (what.kind == node_kind::tuple) {
    const auto& items = static_cast<const sequence_expression&>(what).items;
    return std::all_of(items.begin(), items.end(),
                       [](const auto& item) { return can_assign(*item); });
  }
  if (what.kind == node_kind::name_reference) return true;
  if (what.kind != node_kind::name) return false;
  return !is_constant(static_cast<const name_expression&>(what).name);
}

void parser::make_target(expression& what, name_use use) {
  if (what.kind == node_kind::name) {
    static_cast<name_expression&>(what).use = use;
  } else if (what.kind == node_kind::tuple) {
    for (const auto& item : static_cast<sequence_expression&>(what).items) make_target(*item, use);
  }
}

}  // namespace aldis::templates::detail
