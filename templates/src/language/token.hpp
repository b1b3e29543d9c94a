#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

enum class token_kind : unsigned char {
  add,
  assign,
  colon,
  comma,
  div,
  dot,
  eq,
  floordiv,
  gt,
  gteq,
  lbrace,
  lbracket,
  lparen,
  lt,
  lteq,
  mod,
  mul,
  ne,
  pipe,
  pow,
  rbrace,
  rbracket,
  rparen,
  semicolon,
  sub,
  tilde,
  floating,
  integer,
  name,
  string,
  block_begin,
  block_end,
  variable_begin,
  variable_end,
  data,
  end,
};

/// A position in a source. `line` is the line that Jinja reports.
struct position {
  std::size_t line = 1;
  std::size_t offset = 0;  // in bytes
};

struct token {
  token_kind kind = token_kind::end;
  position at;
  std::string text;  // of names, strings and data
  value number;      // of integer and floating

  bool is(token_kind what) const noexcept { return kind == what; }
  bool is_name(std::string_view name) const noexcept {
    return kind == token_kind::name && text == name;
  }
};

/// The token in error messages: `end of print statement`; a name stands for itself.
std::string_view describe(token_kind what) noexcept;
std::string describe(const token& what);

}  // namespace aldis::templates::detail
