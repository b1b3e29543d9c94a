#pragma once

#include <aldis/templates/environment.hpp>

#include "token.hpp"

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

/// Splits a source into tokens, by the rules of Jinja's lexer.
class lexer {
 public:
  /// `source` is the result of normalized() and must outlive the lexer.
  lexer(std::string_view source, const environment_options& options);

  /// Returns `end` at the end of the source and on every later call. Throws source_error.
  token next();

  /// The source with \n as newline, and without the last newline unless the options keep it.
  static std::string normalized(std::string_view source, const environment_options& options);

 private:
  /// An opening mark in plain text.
  enum class tag { none, block, variable, comment, raw, line_statement, line_comment };
  struct found_tag {
    tag what = tag::none;
    std::size_t begin = 0;
    std::size_t end = 0;
    char sign = 0;  // - or + after the opening mark
  };

  void scan();
  void scan_text();
  void scan_comment();
  void scan_raw();
  void scan_code();
  bool scan_code_end();
  void scan_operator();
  void scan_string();
  bool scan_number();
  bool scan_name();

  found_tag find_tag(std::size_t from) const;
  found_tag tag_at(std::size_t offset) const;
  bool raw_at(std::size_t offset, found_tag& found) const;
  bool line_tag_at(std::size_t offset, found_tag& found) const;
  bool sign_at(std::size_t offset) const noexcept;
  /// The end of the closing mark at `offset`, including its sign and what it strips; 0 if there is
  /// no closing mark.
  std::size_t end_mark_at(std::size_t offset, std::string_view mark, bool may_keep,
                          bool trims) const noexcept;
  std::string_view strip(std::string_view text, const found_tag& found,
                         std::size_t& newlines) const;
  bool starts_line(std::size_t offset) const noexcept;
  bool at(std::size_t offset, std::string_view mark) const noexcept {
    return !mark.empty() && source_.compare(offset, mark.size(), mark) == 0;
  }

  void emit(token_kind kind, std::size_t begin, std::string text = {}, value number = {});
  /// Moves to `offset` and counts lines.
  void advance(std::size_t offset);
  std::string with_newlines(std::string_view text) const;
  [[noreturn]] void fail_at(std::size_t offset, std::string message) const;

  enum class mode { text, block, variable, line_statement, comment, raw, line_comment };

  std::string_view source_;
  const environment_options& options_;
  const delimiters& marks_;
  mode mode_ = mode::text;
  std::size_t offset_ = 0;
  std::size_t line_ = 1;
  bool line_starting_ = true;
  std::string open_;  // the open brackets, innermost last
  std::deque<token> ready_;
};

}  // namespace aldis::templates::detail
