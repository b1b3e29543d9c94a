#include "translation/plural_rule.hpp"

#include <aldis/templates/error.hpp>

#include <charconv>
#include <string>
#include <utility>

namespace aldis::templates::detail {

namespace {

[[noreturn]] void fail_rule(const std::string& why) {
  fail(error_kind::value, why + " in plural form");
}

[[noreturn]] void fail_too_large() {
  fail(error_kind::overflow, "a plural form does not fit into 64 bits");
}

}  // namespace

/// With the precedence of C.
class plural_parser {
 public:
  using operation = plural_rule::operation;
  using step = plural_rule::step;

  explicit plural_parser(std::string_view text) : rest_(text) {
    if (text.size() > longest) fail(error_kind::value, "plural form expression is too long");
  }

  std::vector<step> parse() {
    parse_choice();
    skip_blanks();
    if (!rest_.empty()) fail_here();
    return std::move(steps_);
  }

 private:
  struct binary_operator {
    std::string_view mark;
    int precedence;
    operation what;
  };
  /// Tries longer marks first.
  static constexpr binary_operator operators[] = {
      {"||", 1, operation::logical_or}, {"&&", 2, operation::logical_and},
      {"==", 3, operation::equal},      {"!=", 3, operation::not_equal},
      {"<=", 4, operation::less_equal}, {">=", 4, operation::greater_equal},
      {"<", 4, operation::less},        {">", 4, operation::greater},
      {"+", 5, operation::add},         {"-", 5, operation::subtract},
      {"*", 6, operation::multiply},    {"/", 6, operation::divide},
      {"%", 6, operation::remainder},
  };

  static constexpr std::size_t longest = 1000;
  static constexpr std::size_t deepest = 20;

  /// Counts the depth of recursion.
  class nested {
   public:
    explicit nested(plural_parser& in) : in_(in) {
      if (++in_.depth_ > deepest) fail(error_kind::value, "plural form expression is too complex");
    }
    nested(const nested&) = delete;
    nested& operator=(const nested&) = delete;
    ~nested() { --in_.depth_; }

   private:
    plural_parser& in_;
  };

  [[noreturn]] void fail_here() const {
    if (rest_.empty()) fail_rule("unexpected end");
    fail_rule("unexpected '" + std::string(rest_.substr(0, 1)) + "'");
  }

  void skip_blanks() {
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) rest_.remove_prefix(1);
  }
  bool skip(std::string_view mark) {
    skip_blanks();
    if (!rest_.starts_with(mark)) return false;
    rest_.remove_prefix(mark.size());
    return true;
  }

  std::size_t add(step made) {
    steps_.push_back(made);
    return steps_.size() - 1;
  }

  std::size_t parse_choice() {
    const nested deeper(*this);
    const std::size_t test = parse_binary(1);
    if (!skip("?")) return test;
    const std::size_t then = parse_choice();
    if (!skip(":")) fail_here();
    const std::size_t otherwise = parse_choice();
    return add({.what = operation::choose, .a = test, .b = then, .c = otherwise});
  }

  std::size_t parse_binary(int least) {
    std::size_t left = parse_unary();
    for (;;) {
      const binary_operator* const found = next_operator(least);
      if (!found) return left;
      rest_.remove_prefix(found->mark.size());
      const std::size_t right = parse_binary(found->precedence + 1);
      left = add({.what = found->what, .a = left, .b = right});
    }
  }

  const binary_operator* next_operator(int least) {
    skip_blanks();
    for (const binary_operator& each : operators) {
      if (rest_.starts_with(each.mark)) return each.precedence >= least ? &each : nullptr;
    }
    return nullptr;
  }

  std::size_t parse_unary() {
    if (!skip("!")) return parse_primary();
    const nested deeper(*this);
    const std::size_t of = parse_unary();
    return add({.what = operation::logical_not, .a = of});
  }

  std::size_t parse_primary() {
    if (skip("(")) {
      const std::size_t inner = parse_choice();
      if (!skip(")")) fail_rule("unbalanced parenthesis");
      return inner;
    }
    if (skip("n")) return add({.what = operation::n});
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (problem != std::errc{} || rest_.starts_with('-')) fail_here();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return add({.what = operation::number, .number = number});
  }

  std::string_view rest_;
  std::vector<step> steps_;
  std::size_t depth_ = 0;
};

plural_rule::plural_rule() : plural_rule("n != 1") {}

plural_rule::plural_rule(std::string_view expression) : steps_(plural_parser(expression).parse()) {}

std::int64_t plural_rule::operator()(std::int64_t n) const { return evaluate(steps_.back(), n); }

// Each step is an operand of at most one other, and chains of operators are left-associative: the
// length of the expression bounds the depth.
std::int64_t plural_rule::evaluate(const step& of, std::int64_t n) const {
  const auto operand = [&](std::size_t which) { return evaluate(steps_[which], n); };
  switch (of.what) {
    case operation::number:
      return of.number;
    case operation::n:
      return n;
    case operation::logical_not:
      return operand(of.a) == 0 ? 1 : 0;
    case operation::logical_or:
      return operand(of.a) != 0 || operand(of.b) != 0 ? 1 : 0;
    case operation::logical_and:
      return operand(of.a) != 0 && operand(of.b) != 0 ? 1 : 0;
    case operation::choose:
      return operand(of.a) != 0 ? operand(of.b) : operand(of.c);
    default:
      break;
  }
  const std::int64_t a = operand(of.a);
  const std::int64_t b = operand(of.b);
  std::int64_t result = 0;
  switch (of.what) {
    case operation::equal:
      return a == b ? 1 : 0;
    case operation::not_equal:
      return a != b ? 1 : 0;
    case operation::less:
      return a < b ? 1 : 0;
    case operation::less_equal:
      return a <= b ? 1 : 0;
    case operation::greater:
      return a > b ? 1 : 0;
    case operation::greater_equal:
      return a >= b ? 1 : 0;
    case operation::add:
      if (__builtin_add_overflow(a, b, &result)) fail_too_large();
      return result;
    case operation::subtract:
      if (__builtin_sub_overflow(a, b, &result)) fail_too_large();
      return result;
    case operation::multiply:
      if (__builtin_mul_overflow(a, b, &result)) fail_too_large();
      return result;
    default:
      break;
  }
  if (b == 0) fail(error_kind::zero_division, "a plural form divides by zero");
  // Dividing the smallest number by -1 overflows.
  if (b == -1) {
    if (of.what == operation::remainder) return 0;
    if (__builtin_sub_overflow(std::int64_t{0}, a, &result)) fail_too_large();
    return result;
  }
  // Rounds down, as Python does.
  const bool down = a % b != 0 && (a < 0) != (b < 0);
  if (of.what == operation::remainder) return down ? a % b + b : a % b;
  return down ? a / b - 1 : a / b;
}

}  // namespace aldis::templates::detail
