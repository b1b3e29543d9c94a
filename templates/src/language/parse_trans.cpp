// `{% trans %}`, by the rules of Jinja's i18n extension: a call of gettext or a related function.

#include "../text/unicode.hpp"
#include "../text/utf8.hpp"
#include "literals.hpp"
#include "parser.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace aldis::templates::detail {

struct parser::trans_block {
  struct variable {
    std::string name;
    expression_pointer what;
  };

  position at;
  std::optional<std::string> context;
  std::vector<variable> variables;
  std::map<std::string, std::size_t, std::less<>> positions;  // of variables
  /// The name of the variable that selects the plural form: the first one, unless `pluralize` names
  /// another.
  std::optional<std::string> counted;
  bool counts_num = false;  // that variable is called num, like the functions' parameter
  expression_pointer call;  // a call that is the value of a variable; evaluated once, into `_trans`
  std::optional<bool> trimmed;
  std::vector<std::string> references;  // the variables that the texts use
  std::string singular;
  std::optional<std::string> plural;

  variable* find(std::string_view name) {
    const auto found = positions.find(name);
    return found == positions.end() ? nullptr : &variables[found->second];
  }
  void add(const std::string& name, expression_pointer what) {
    positions.emplace(name, variables.size());
    variables.push_back({name, std::move(what)});
  }
};

namespace {

constexpr const char* call_variable = "_trans";

/// Replaces white space around newlines by one blank, and removes it at both ends.
std::string trim_lines(std::string_view text) {
  std::string result;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    offset = std::min(text.size(), offset + space_at(text, offset));
    if (offset == begin) {
      next_character(text, offset);
      result.append(text, begin, offset - begin);
    } else if (begin > 0 && offset < text.size()) {
      const std::string_view blanks = text.substr(begin, offset - begin);
      result.append(blanks.find('\n') != std::string_view::npos ? " " : blanks);
    }
  }
  return result;
}

void replace_all(std::string& in, std::string_view what, std::string_view by) {
  std::string result;
  std::size_t offset = 0;
  for (;;) {
    const std::size_t found = in.find(what, offset);
    result.append(in, offset, found - offset);
    if (found == std::string::npos) break;
    result.append(by);
    offset = found + what.size();
  }
  in = std::move(result);
}

}  // namespace

void parser::parse_trans(body& into) {
  trans_block block;
  block.at = take().at;
  if (current_.is(token_kind::string)) block.context = take().text;
  parse_trans_variables(block);
  parse_trans_body(block);
  if (block.call) {
    auto kept = std::make_unique<assignment>(block.at);
    kept->target = make<name_expression>(block.at, call_variable, name_use::store);
    kept->source = std::move(block.call);
    into.push_back(std::move(kept));
  }
  auto output = std::make_unique<output_statement>(block.at);
  output->parts.push_back({{}, 0, make_trans(block), block.at});
  into.push_back(std::move(output));
}

void parser::parse_trans_variables(trans_block& block) {
  while (!current_.is(token_kind::block_end)) {
    if (!block.variables.empty()) expect(token_kind::comma);
    if (skip_if(token_kind::colon)) break;
    const token name = expect(token_kind::name);
    if (block.find(name.text)) {
      fail("translatable variable " + in_quotes(name.text) + " defined twice.", name.at,
           error_kind::assertion);
    }
    expression_pointer what;
    if (skip_if(token_kind::assign)) {
      what = parse_expression();
    } else if (!block.trimmed && (name.text == "trimmed" || name.text == "notrimmed")) {
      block.trimmed = name.text == "trimmed";
      continue;
    } else {
      what = make<name_expression>(block.at, name.text, name_use::load);
    }
    if (!block.counted) {
      block.counted = name.text;
      block.counts_num = name.text == "num";
      if (what->kind == node_kind::call) {
        block.call =
            std::exchange(what, make<name_expression>(block.at, call_variable, name_use::load));
      }
    }
    block.add(name.text, std::move(what));
  }
  expect(token_kind::block_end);
}

void parser::parse_trans_body(trans_block& block) {
  block.singular = parse_trans_text(block, true);
  if (!block.references.empty() && !block.counted) {
    block.counted = block.references.front();
    block.counts_num = *block.counted == "num";
  }
  if (take().text == "pluralize") {
    if (!current_.is(token_kind::block_end)) {
      const token name = expect(token_kind::name);
      if (!block.find(name.text)) {
        fail("unknown variable " + in_quotes(name.text) + " for pluralization", name.at,
             error_kind::assertion);
      }
      block.counted = name.text;
      block.counts_num = name.text == "num";
    }
    expect(token_kind::block_end);
    block.plural = parse_trans_text(block, false);
    take();
    if (!block.counted) fail("pluralize without variables", block.at);
  }
  for (const std::string& name : block.references) {
    if (block.find(name)) continue;
    block.add(name, make<name_expression>(block.at, name, name_use::load));
  }
  if (block.trimmed.value_or(options_.policies.i18n_trimmed)) {
    block.singular = trim_lines(block.singular);
    if (block.plural) block.plural = trim_lines(*block.plural);
  }
}

/// Reads the text up to `endtrans` or `pluralize`, with variables as `%(name)s`.
std::string parser::parse_trans_text(trans_block& block, bool may_have_plural) {
  std::string text;
  for (;;) {
    if (current_.is(token_kind::data)) {
      std::string data = take().text;
      replace_all(data, "%", "%%");
      text += data;
    } else if (skip_if(token_kind::variable_begin)) {
      std::string name = expect(token_kind::name).text;
      text.append("%(").append(name).append(")s");
      block.references.push_back(std::move(name));
      expect(token_kind::variable_end);
    } else if (skip_if(token_kind::block_begin)) {
      if (current_.is_name("endtrans")) return text;
      if (current_.is_name("pluralize")) {
        if (may_have_plural) return text;
        fail("a translatable section can have only one pluralize section");
      }
      if (current_.is_name("trans")) {
        fail("trans blocks can't be nested; did you mean `endtrans`?");
      }
      fail("control structures in translatable sections are not allowed; saw `" +
           (current_.is(token_kind::name) ? current_.text : "None") + "`");
    } else {
      fail("unclosed translation block");
    }
  }
}

expression_pointer parser::make_trans(trans_block& block) {
  const position& at = block.at;
  const bool newstyle = options_.newstyle_gettext;
  // A text without variables is not formatted.
  if (block.references.empty() && !newstyle) {
    replace_all(block.singular, "%%", "%");
    if (block.plural) replace_all(*block.plural, "%%", "%");
  }

  call_arguments arguments;
  const auto add = [&](value what) {
    arguments.positional.push_back(make<constant_expression>(at, std::move(what)));
  };
  if (block.context) add(value(*block.context));
  add(value(block.singular));
  if (block.plural) {
    add(value(*block.plural));
    expression_pointer& counted = block.find(*block.counted)->what;
    // The newstyle functions pass num themselves.
    arguments.positional.push_back(newstyle && block.counts_num
                                       ? std::move(counted)
                                       : make<repeated_expression>(at, *counted));
  }

  std::string function = "gettext";
  if (block.context) function = "p" + function;
  if (block.plural) function = "n" + function;
  auto callee = make<name_expression>(at, std::move(function), name_use::load);
  if (newstyle) {
    for (auto& each : block.variables) {
      if (!each.what) continue;
      arguments.keywords.push_back({std::move(each.name), std::move(each.what)});
    }
    return make<call_expression>(at, std::move(callee), std::move(arguments));
  }
  expression_pointer text = make<marked_safe_expression>(
      at, make<call_expression>(at, std::move(callee), std::move(arguments)));
  if (block.variables.empty()) return text;
  auto variables = std::make_unique<dict_expression>(at);
  for (auto& each : block.variables) {
    variables->entries.emplace_back(make<constant_expression>(at, value(each.name)),
                                    std::move(each.what));
  }
  measure(*variables);
  return make<binary_expression>(at, binary_operator::modulo, std::move(text),
                                 std::move(variables));
}

}  // namespace aldis::templates::detail
