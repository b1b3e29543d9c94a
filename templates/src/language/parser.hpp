#pragma once

#include <aldis/templates/environment.hpp>

#include "lexer.hpp"
#include "syntax.hpp"
#include "syntax_error.hpp"
#include "tags.hpp"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// Builds the syntax tree of a source, by the rules of Jinja's parser. Throws source_error.
class parser {
 public:
  parser(std::string_view source, const environment_options& options, const custom_tags& tags);

  body parse();

  /// The tag of the language, or of an enabled extension, that a word belongs to: `if` for `endif`.
  /// Nothing for other words.
  static std::string_view own_tag_of(std::string_view word,
                                     const environment_options& options) noexcept;

 private:
  struct own_tag;
  static const own_tag* find_own_tag(std::string_view name,
                                     const environment_options& options) noexcept;

  using names = std::vector<std::string_view>;

  /// Counts the depth of recursion, so that no source can overflow the stack.
  class nested {
   public:
    explicit nested(parser& in) : in_(in) {
      if (++in_.depth_ > in_.options_.limits.nesting) in_.fail_nesting();
    }
    nested(const nested&) = delete;
    nested& operator=(const nested&) = delete;
    ~nested() { --in_.depth_; }

   private:
    parser& in_;
  };

  // Tokens
  token take();
  const token& look();
  bool skip_if(token_kind what);
  bool skip_if_name(std::string_view name);
  token expect(token_kind what);
  token expect_name(std::string_view name);
  bool at_name(const names& any) const noexcept;
  source_weight weight_since(const position& begin) const noexcept {
    return weight_of(current_.at.offset - begin.offset);
  }
  bool at_tuple_end() const noexcept;

  // Errors
  [[noreturn]] void fail(std::string message);
  [[noreturn]] void fail(std::string message, const position& at,
                         error_kind kind = error_kind::syntax);
  [[noreturn]] void fail_expected(std::string_view what);
  [[noreturn]] void fail_nesting();
  [[noreturn]] void fail_tag(const std::string* name, const std::vector<names>& ends,
                             const position& at);

  // Statements
  body parse_until(const names& ends, bool at_top);
  body parse_statements(const names& ends, bool drop_end);
  void parse_statement(body& into);
  std::unique_ptr<statement> parse_tag(const token& tag);
  std::unique_ptr<statement> parse_loop();
  std::unique_ptr<statement> parse_branch();
  std::unique_ptr<statement> parse_block();
  std::unique_ptr<statement> parse_extends();
  std::unique_ptr<statement> parse_print();
  std::unique_ptr<statement> parse_macro();
  std::unique_ptr<statement> parse_include();
  std::unique_ptr<statement> parse_import();
  std::unique_ptr<statement> parse_from_import();
  std::unique_ptr<statement> parse_set();
  std::unique_ptr<statement> parse_with();
  std::unique_ptr<statement> parse_autoescape();
  std::unique_ptr<statement> parse_call_block();
  std::unique_ptr<statement> parse_filter_block();
  std::unique_ptr<statement> parse_do();
  std::unique_ptr<statement> parse_loop_control();
  std::unique_ptr<statement> parse_custom_tag(const custom_tag& tag);
  void parse_tag_arguments(call_arguments& into, const tag_options& options);
  void parse_parameters(macro_definition& definition);
  std::optional<bool> parse_context();

  // `{% trans %}`
  struct trans_block;
  void parse_trans(body& into);
  void parse_trans_variables(trans_block& block);
  void parse_trans_body(trans_block& block);
  std::string parse_trans_text(trans_block& block, bool may_have_plural);
  expression_pointer make_trans(trans_block& block);

  // Targets
  expression_pointer parse_target(bool may_be_reference = false);
  bool at_reference();
  expression_pointer parse_reference();
  std::unique_ptr<name_expression> parse_target_name(name_use use);
  void make_target(expression& what, name_use use);
  static bool can_assign(const expression& what) noexcept;

  // Expressions
  expression_pointer parse_expression(bool with_condition = true);
  expression_pointer parse_condition();
  expression_pointer parse_or();
  expression_pointer parse_and();
  expression_pointer parse_not();
  expression_pointer parse_comparison();
  expression_pointer parse_sum();
  expression_pointer parse_concatenation();
  expression_pointer parse_product();
  expression_pointer parse_power();
  expression_pointer parse_unary(bool with_filter = true);
  expression_pointer parse_primary();
  expression_pointer parse_postfix(expression_pointer of);
  expression_pointer parse_filters_and_tests(expression_pointer of);
  expression_pointer parse_subscript(expression_pointer of);
  expression_pointer parse_subscribed();
  expression_pointer parse_call(expression_pointer of);
  std::unique_ptr<filter_expression> parse_filter(expression_pointer of, bool at_name);
  expression_pointer parse_test(expression_pointer of);
  call_arguments parse_arguments();
  std::string parse_dotted_name();
  struct tuple_rules {
    bool simple = false;  // names and literals only
    bool with_condition = true;
    bool in_parentheses = false;
    bool with_reference = false;  // with `simple`: also an attribute of a namespace
  };
  expression_pointer parse_tuple(const tuple_rules& rules);
  expression_pointer parse_list();
  expression_pointer parse_dict();

  template <class Expression, class... Args>
  std::unique_ptr<Expression> make(Args&&... args) {
    auto made = std::make_unique<Expression>(std::forward<Args>(args)...);
    measure(*made);
    return made;
  }
  /// Checks the depth of the tree: a chain of operators makes it deep without nesting in the
  /// source.
  void measure(expression& made);

  const environment_options& options_;
  const custom_tags& tags_;
  lexer lexer_;
  token current_;
  std::optional<token> ahead_;
  std::size_t depth_ = 0;
  std::size_t loops_ = 0;  // enclosing loops in the same function
  std::vector<std::string> open_tags_;
  std::vector<names> open_ends_;  // the tags that end the open ones
};

}  // namespace aldis::templates::detail
