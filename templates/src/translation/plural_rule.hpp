#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

/// Selects the plural form for a number: the C expression in a catalog's `Plural-Forms`, such as
/// `n%10==1 && n%100!=11 ? 0 : 1`, evaluated as Python's gettext does.
class plural_rule {
 public:
  /// `n != 1`
  plural_rule();
  /// Exceptions: error (value) if the text is not such an expression, or is longer or deeper than
  /// any language needs.
  explicit plural_rule(std::string_view expression);

  /// Exceptions: error if the expression divides by zero or overflows 64 bits.
  std::int64_t operator()(std::int64_t n) const;

 private:
  friend class plural_parser;

  enum class operation : unsigned char {
    number,
    n,
    logical_not,
    logical_or,
    logical_and,
    equal,
    not_equal,
    less,
    less_equal,
    greater,
    greater_equal,
    add,
    subtract,
    multiply,
    divide,
    remainder,
    choose,
  };
  /// Operands are earlier steps; the last step is the result.
  struct step {
    operation what = operation::number;
    std::int64_t number = 0;
    std::size_t a = 0;
    std::size_t b = 0;
    std::size_t c = 0;
  };

  std::int64_t evaluate(const step& of, std::int64_t n) const;

  std::vector<step> steps_;
};

}  // namespace aldis::templates::detail
