// Tags added by add_tag(), parsed as calls of their functions.

#include "parser.hpp"
#include "tags.hpp"

#include <set>
#include <string>
#include <utility>

namespace aldis::templates::detail {

/// Parses arguments up to the end of the tag, or up to its `as`.
void parser::parse_tag_arguments(call_arguments& into, const tag_options& options) {
  const auto at_end = [&] {
    return current_.is(token_kind::block_end) || current_.is(token_kind::colon) ||
           (options.assigns && current_.is_name("as"));
  };
  for (std::size_t i = 0; i < options.names; ++i) {
    if (i > 0) expect(token_kind::comma);
    const token name = expect(token_kind::name);
    into.positional.push_back(make<constant_expression>(name.at, value(name.text)));
  }
  std::set<std::string> keywords;
  bool first = options.names == 0;
  while (!at_end()) {
    if (!std::exchange(first, false)) expect(token_kind::comma);
    if (current_.is(token_kind::name) && look().is(token_kind::assign)) {
      const token name = take();
      take();
      if (!keywords.insert(name.text).second) {
        fail("keyword argument repeated: " + name.text, name.at);
      }
      into.keywords.push_back({name.text, parse_expression()});
    } else {
      if (!into.keywords.empty()) fail("positional argument follows keyword argument");
      into.positional.push_back(parse_expression());
    }
  }
}

std::unique_ptr<statement> parser::parse_custom_tag(const custom_tag& tag) {
  const position at = take().at;
  const tag_options& options = tag.options;
  call_arguments arguments;
  tag_body_expression* content = nullptr;
  if (!options.end.empty()) {
    auto made = std::make_unique<tag_body_expression>(at);
    content = made.get();
    for (const std::string& name : options.variables) {
      content->definition.parameters.push_back({name, nullptr, at, 0});
    }
    arguments.positional.push_back(std::move(made));
  }
  if (tag.takes_arguments) parse_tag_arguments(arguments, options);
  expression_pointer target;
  if (options.assigns) {
    expect_name("as");
    target = parse_target_name(name_use::store);
  }
  if (content) {
    // The body is a function: it cannot break or continue a loop around it.
    const std::size_t loops = std::exchange(loops_, 0);
    content->definition.content = parse_statements({options.end}, true);
    content->definition.weight = weight_since(at);
    loops_ = loops;
  }
  auto call =
      make<call_expression>(at, make<constant_expression>(at, tag.function), std::move(arguments));
  if (target) {
    auto result = std::make_unique<assignment>(at);
    result->target = std::move(target);
    result->source = std::move(call);
    return result;
  }
  auto result = std::make_unique<output_statement>(at);
  result->parts.push_back({{}, 0, std::move(call), at});
  return result;
}

}  // namespace aldis::templates::detail
