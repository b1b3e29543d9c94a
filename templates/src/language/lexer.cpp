#include "lexer.hpp"

#include "../text/numbers.hpp"
#include "../text/unicode.hpp"
#include "../text/utf8.hpp"
#include "literals.hpp"
#include "syntax_error.hpp"

#include <algorithm>
#include <utility>

namespace aldis::templates::detail {

namespace {

char closing(char open) noexcept {
  switch (open) {
    case '(':
      return ')';
    case '[':
      return ']';
    default:
      return '}';
  }
}

struct operator_mark {
  std::string_view mark;
  token_kind kind;
};

/// Longer ones first.
constexpr operator_mark operators[] = {
    {"**", token_kind::pow},     {"//", token_kind::floordiv}, {"==", token_kind::eq},
    {"!=", token_kind::ne},      {">=", token_kind::gteq},     {"<=", token_kind::lteq},
    {"+", token_kind::add},      {"-", token_kind::sub},       {"/", token_kind::div},
    {"*", token_kind::mul},      {"%", token_kind::mod},       {"~", token_kind::tilde},
    {"[", token_kind::lbracket}, {"]", token_kind::rbracket},  {"(", token_kind::lparen},
    {")", token_kind::rparen},   {"{", token_kind::lbrace},    {"}", token_kind::rbrace},
    {">", token_kind::gt},       {"<", token_kind::lt},        {"=", token_kind::assign},
    {".", token_kind::dot},      {":", token_kind::colon},     {"|", token_kind::pipe},
    {",", token_kind::comma},    {";", token_kind::semicolon},
};

}  // namespace

std::string_view describe(token_kind what) noexcept {
  for (const operator_mark& each : operators) {
    if (each.kind == what) return each.mark;
  }
  switch (what) {
    case token_kind::floating:
      return "float";
    case token_kind::integer:
      return "integer";
    case token_kind::name:
      return "name";
    case token_kind::string:
      return "string";
    case token_kind::block_begin:
      return "begin of statement block";
    case token_kind::block_end:
      return "end of statement block";
    case token_kind::variable_begin:
      return "begin of print statement";
    case token_kind::variable_end:
      return "end of print statement";
    case token_kind::data:
      return "template data / text";
    default:
      return "end of template";
  }
}

std::string describe(const token& what) {
  return what.is(token_kind::name) ? what.text : std::string(describe(what.kind));
}

lexer::lexer(std::string_view source, const environment_options& options)
    : source_(source), options_(options), marks_(options.delimiters) {}

std::string lexer::normalized(std::string_view source, const environment_options& options) {
  std::string result;
  result.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
      result += '\n';
    } else {
      result += source[i];
    }
  }
  if (!options.keep_trailing_newline && result.ends_with('\n')) result.pop_back();
  return result;
}

token lexer::next() {
  while (ready_.empty()) {
    if (offset_ >= source_.size() && mode_ != mode::line_statement) {
      // At the end of the source, only unclosed comments and raw blocks are errors of the lexer.
      token end;
      end.at = {line_, source_.size()};
      return end;
    }
    scan();
  }
  token result = std::move(ready_.front());
  ready_.pop_front();
  return result;
}

void lexer::scan() {
  switch (mode_) {
    case mode::text:
      return scan_text();
    case mode::comment:
      return scan_comment();
    case mode::raw:
      return scan_raw();
    case mode::line_comment: {
      const std::size_t end = std::min(source_.find('\n', offset_), source_.size());
      advance(end);
      mode_ = mode::text;
      line_starting_ = false;
      return;
    }
    default:
      return scan_code();
  }
}

void lexer::scan_text() {
  const found_tag found = find_tag(offset_);
  const std::size_t begin = offset_;
  std::size_t stripped_newlines = 0;
  const std::string_view text =
      strip(source_.substr(begin, found.begin - begin), found, stripped_newlines);
  if (!text.empty()) emit(token_kind::data, begin, with_newlines(text));
  if (found.what == tag::none) {
    advance(source_.size());
    return;
  }
  advance(found.begin);
  switch (found.what) {
    case tag::block:
      mode_ = mode::block;
      break;
    case tag::variable:
      mode_ = mode::variable;
      break;
    case tag::comment:
      mode_ = mode::comment;
      break;
    case tag::raw:
      mode_ = mode::raw;
      break;
    case tag::line_statement:
      mode_ = mode::line_statement;
      break;
    default:
      mode_ = mode::line_comment;
      break;
  }
  if (mode_ == mode::block || mode_ == mode::line_statement) {
    emit(token_kind::block_begin, found.begin);
  } else if (mode_ == mode::variable) {
    emit(token_kind::variable_begin, found.begin);
  }
  advance(found.end);
  line_starting_ = source_[found.end - 1] == '\n';
}

std::string_view lexer::strip(std::string_view text, const found_tag& found,
                              std::size_t& newlines) const {
  if (found.what == tag::none) return text;
  if (found.sign == '-') {
    const std::string_view stripped = without_space_at_end(text);
    newlines = static_cast<std::size_t>(
        std::count(text.begin() + static_cast<std::ptrdiff_t>(stripped.size()), text.end(), '\n'));
    return stripped;
  }
  if (found.sign == '+' || !options_.lstrip_blocks || found.what == tag::variable) return text;
  const std::size_t newline = text.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  if (line_begin == 0 && !line_starting_) return text;
  if (line_begin + space_at(text, line_begin) != text.size()) return text;
  return text.substr(0, line_begin);
}

bool lexer::sign_at(std::size_t offset) const noexcept {
  return offset < source_.size() && (source_[offset] == '-' || source_[offset] == '+');
}

bool lexer::starts_line(std::size_t offset) const noexcept {
  return offset == 0 || source_[offset - 1] == '\n';
}

lexer::found_tag lexer::find_tag(std::size_t from) const {
  const bool lines = !marks_.line_statement.empty() || !marks_.line_comment.empty();
  const char first[] = {marks_.block_begin.front(), marks_.variable_begin.front(),
                        marks_.comment_begin.front(), 0};
  for (std::size_t offset = from; offset < source_.size(); ++offset) {
    if (!lines) {
      offset = source_.find_first_of(first, offset);
      if (offset == std::string_view::npos) break;
    }
    const found_tag found = tag_at(offset);
    if (found.what != tag::none) return found;
  }
  return {tag::none, source_.size(), source_.size(), 0};
}

lexer::found_tag lexer::tag_at(std::size_t offset) const {
  found_tag found{tag::none, offset, offset, 0};
  if (raw_at(offset, found)) return found;
  // The longest mark wins; Jinja's order decides between marks of equal length.
  struct candidate {
    tag what;
    std::size_t size;
  };
  candidate best{tag::none, 0};
  const auto consider = [&](tag what, const std::string& mark) {
    if (mark.size() > best.size && at(offset, mark)) best = {what, mark.size()};
  };
  consider(tag::variable, marks_.variable_begin);
  consider(tag::comment, marks_.comment_begin);
  consider(tag::block, marks_.block_begin);
  found_tag line{tag::none, offset, offset, 0};
  if (line_tag_at(offset, line)) {
    const std::size_t size =
        (line.what == tag::line_statement ? marks_.line_statement : marks_.line_comment).size();
    if (size > best.size) return line;
  }
  if (best.what == tag::none) return found;
  found.what = best.what;
  found.end = offset + best.size;
  if (sign_at(found.end)) found.sign = source_[found.end++];
  return found;
}

bool lexer::raw_at(std::size_t offset, found_tag& found) const {
  if (!at(offset, marks_.block_begin)) return false;
  std::size_t end = offset + marks_.block_begin.size();
  char sign = 0;
  if (sign_at(end)) sign = source_[end++];
  end += space_at(source_, end);
  if (!at(end, "raw")) return false;
  end += 3;
  end += space_at(source_, end);
  if (end < source_.size() && source_[end] == '-' && at(end + 1, marks_.block_end)) {
    end += 1 + marks_.block_end.size();
    end += space_at(source_, end);
  } else if (at(end, marks_.block_end)) {
    end += marks_.block_end.size();
  } else {
    return false;
  }
  found = {tag::raw, offset, end, sign};
  return true;
}

bool lexer::line_tag_at(std::size_t offset, found_tag& found) const {
  const auto take = [&](tag what, std::size_t mark, const std::string& prefix) {
    std::size_t end = mark + prefix.size();
    char sign = 0;
    if (sign_at(end)) sign = source_[end++];
    found = {what, offset, end, sign};
    return true;
  };
  const auto blanks = [&](std::string_view which) {
    return std::min(source_.find_first_not_of(which, offset), source_.size());
  };
  bool statement = false;
  std::size_t mark = 0;
  if (!marks_.line_statement.empty() && starts_line(offset)) {
    mark = blanks(" \t\v");
    statement = at(mark, marks_.line_statement);
  }
  std::size_t before = offset;
  if (!marks_.line_comment.empty() &&
      (starts_line(offset) || !is_space(previous_character(source_, before)))) {
    const std::size_t comment = blanks(" \t\v\f");
    if (at(comment, marks_.line_comment) &&
        (!statement || marks_.line_comment.size() > marks_.line_statement.size())) {
      return take(tag::line_comment, comment, marks_.line_comment);
    }
  }
  return statement && take(tag::line_statement, mark, marks_.line_statement);
}

std::size_t lexer::end_mark_at(std::size_t offset, std::string_view mark, bool may_keep,
                               bool trims) const noexcept {
  if (may_keep && source_[offset] == '+' && at(offset + 1, mark)) return offset + 1 + mark.size();
  if (source_[offset] == '-' && at(offset + 1, mark)) {
    const std::size_t end = offset + 1 + mark.size();
    return end + space_at(source_, end);
  }
  if (!at(offset, mark)) return 0;
  const std::size_t end = offset + mark.size();
  return trims && end < source_.size() && source_[end] == '\n' ? end + 1 : end;
}

void lexer::scan_comment() {
  for (std::size_t offset = offset_; offset < source_.size(); ++offset) {
    const std::size_t end = end_mark_at(offset, marks_.comment_end, true, options_.trim_blocks);
    if (end == 0) continue;
    advance(end);
    line_starting_ = source_[end - 1] == '\n';
    mode_ = mode::text;
    return;
  }
  fail_at(offset_, "Missing end of comment tag");
}

void lexer::scan_raw() {
  for (std::size_t offset = offset_; offset < source_.size(); ++offset) {
    if (!at(offset, marks_.block_begin)) continue;
    std::size_t end = offset + marks_.block_begin.size();
    char sign = 0;
    if (sign_at(end)) sign = source_[end++];
    end += space_at(source_, end);
    if (!at(end, "endraw")) continue;
    end += 6;
    end += space_at(source_, end);
    if (end >= source_.size()) continue;
    end = end_mark_at(end, marks_.block_end, true, options_.trim_blocks);
    if (end == 0) continue;

    std::size_t newlines = 0;
    const std::string_view text =
        strip(source_.substr(offset_, offset - offset_), {tag::raw, offset, end, sign}, newlines);
    if (!text.empty()) emit(token_kind::data, offset_, with_newlines(text));
    advance(end);
    line_starting_ = source_[end - 1] == '\n';
    mode_ = mode::text;
    return;
  }
  fail_at(offset_, "Missing end of raw directive");
}

bool lexer::scan_code_end() {
  if (!open_.empty()) return false;
  std::size_t end = 0;
  token_kind kind = token_kind::block_end;
  if (mode_ == mode::line_statement) {
    const std::size_t after = offset_ + space_at(source_, offset_);
    if (after >= source_.size()) {
      end = after;
    } else {
      const std::size_t newline = source_.substr(offset_, after - offset_).rfind('\n');
      if (newline == std::string_view::npos) return false;
      end = offset_ + newline + 1;
    }
  } else if (offset_ >= source_.size()) {
    return false;
  } else if (mode_ == mode::block) {
    end = end_mark_at(offset_, marks_.block_end, true, options_.trim_blocks);
  } else {
    end = end_mark_at(offset_, marks_.variable_end, false, false);
    kind = token_kind::variable_end;
  }
  if (end == 0) return false;
  emit(kind, offset_);
  line_starting_ = end > 0 && source_[end - 1] == '\n';
  advance(end);
  mode_ = mode::text;
  return true;
}

void lexer::scan_code() {
  if (scan_code_end()) return;
  if (offset_ >= source_.size()) {
    // A line statement with an open bracket at the end of the source.
    mode_ = mode::text;
    return;
  }
  if (const std::size_t space = space_at(source_, offset_); space > 0) {
    advance(offset_ + space);
    return;
  }
  if (scan_number() || scan_name()) return;
  const char c = source_[offset_];
  if (c == '"' || c == '\'') return scan_string();
  scan_operator();
}

bool lexer::scan_number() {
  if (!is_digit(source_[offset_])) return false;
  const bool after_dot = offset_ > 0 && source_[offset_ - 1] == '.';
  const number_literal found = read_number(source_.substr(offset_), !after_dot);
  if (found.size == 0) return false;
  if (found.overflow) {
    fail_at(offset_, "the integer " + std::string(source_.substr(offset_, found.size)) +
                         " does not fit into 64 bits");
  }
  emit(found.number.is(value_kind::floating) ? token_kind::floating : token_kind::integer, offset_,
       {}, found.number);
  advance(offset_ + found.size);
  return true;
}

bool lexer::scan_name() {
  const std::size_t size = name_size(source_.substr(offset_));
  if (size == 0) return false;
  const std::string_view name = source_.substr(offset_, size);
  if (!is_identifier(name)) fail_at(offset_, "Invalid character in identifier");
  emit(token_kind::name, offset_, std::string(name));
  advance(offset_ + size);
  return true;
}

void lexer::scan_string() {
  const char quote = source_[offset_];
  std::size_t end = offset_ + 1;
  while (end < source_.size() && source_[end] != quote)
    end += source_[end] == '\\' ? std::size_t{2} : std::size_t{1};
  if (end >= source_.size()) return scan_operator();
  std::string text;
  const std::string problem =
      read_string(with_newlines(source_.substr(offset_ + 1, end - offset_ - 1)), text);
  if (!problem.empty()) fail_at(offset_, problem);
  emit(token_kind::string, offset_, std::move(text));
  advance(end + 1);
}

void lexer::scan_operator() {
  const auto* const found =
      std::find_if(std::begin(operators), std::end(operators),
                   [&](const operator_mark& each) { return at(offset_, each.mark); });
  if (found == std::end(operators)) {
    const std::size_t size = character_size(source_, offset_);
    fail_at(offset_, "unexpected char " + in_quotes(source_.substr(offset_, size)) + " at " +
                         std::to_string(count_characters(source_.substr(0, offset_))));
  }
  const char mark = found->mark.front();
  if (mark == '(' || mark == '[' || mark == '{') {
    open_ += closing(mark);
  } else if (mark == ')' || mark == ']' || mark == '}') {
    if (open_.empty()) fail_at(offset_, std::string("unexpected '") + mark + "'");
    const char expected = open_.back();
    open_.pop_back();
    if (expected != mark) {
      fail_at(offset_, std::string("unexpected '") + mark + "', expected '" + expected + "'");
    }
  }
  emit(found->kind, offset_);
  advance(offset_ + found->mark.size());
}

void lexer::emit(token_kind kind, std::size_t begin, std::string text, value number) {
  token result;
  result.kind = kind;
  result.at = {line_, begin};
  result.text = std::move(text);
  result.number = std::move(number);
  ready_.push_back(std::move(result));
}

void lexer::advance(std::size_t offset) {
  line_ += static_cast<std::size_t>(
      std::count(source_.begin() + static_cast<std::ptrdiff_t>(offset_),
                 source_.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
  offset_ = offset;
}

std::string lexer::with_newlines(std::string_view text) const {
  if (options_.newline == "\n") return std::string(text);
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += options_.newline;
    } else {
      result += c;
    }
  }
  return result;
}

void lexer::fail_at(std::size_t offset, std::string message) const {
  throw source_error{error_kind::syntax, std::move(message), {line_, offset}};
}

}  // namespace aldis::templates::detail
