// The syntax of patterns.

#include <aldis/detail/request.hpp>
#include <aldis/topic.hpp>

#include <cstddef>
#include <string>

namespace aldis {

bad_topic::~bad_topic() = default;

namespace detail {

namespace {

bool is_space(unsigned char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_control(unsigned char c) noexcept { return c < ' ' || c == 0x7f; }

std::string code_of(unsigned char c) {
  constexpr const char* digits = "0123456789abcdef";
  return {'\\', 'x', digits[c / 16], digits[c % 16]};
}

/// In quotes, and printable on one line.
std::string quoted(text_view pattern) {
  std::string result = "\"";
  for (std::size_t i = 0; i < pattern.size; ++i) {
    const char c = pattern.data[i];
    if (is_control(static_cast<unsigned char>(c))) {
      result += code_of(static_cast<unsigned char>(c));
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + '"';
}

[[noreturn]] void refuse(text_view pattern, std::size_t index, const std::string& problem) {
  throw bad_topic("aldis: " + quoted(pattern) + " is no pattern of topics: character " +
                  std::to_string(index + 1) + ": " + problem);
}

void check_token(text_view pattern, std::size_t from, std::size_t to) {
  if (from == to) refuse(pattern, from, "a token is empty; between two dots there must be one");
  for (std::size_t i = from; i < to; ++i) {
    const char c = pattern.data[i];
    const auto byte = static_cast<unsigned char>(c);
    if (is_space(byte)) refuse(pattern, i, "white space; a token has none");
    if (is_control(byte)) {
      refuse(pattern, i, "the control character " + code_of(byte) + "; a token has none");
    }
    if (c == '*' && to - from > 1) {
      refuse(pattern, i, "\"*\" inside a token; it stands for a whole token, as in \"a.*.b\"");
    }
    if (c == '>' && to - from > 1) {
      refuse(pattern, i, "\">\" inside a token; it stands for the last tokens, as in \"a.>\"");
    }
    if (c == '>' && to != pattern.size) {
      refuse(pattern, i, "\">\" is not the last token; \"*\" stands for one token anywhere");
    }
  }
}

}  // namespace

void check_pattern(text_view pattern) {
  if (pattern.size == 0) {
    throw bad_topic("aldis: \"\" is no pattern of topics: it is empty; \">\" matches every topic");
  }
  std::size_t from = 0;
  for (std::size_t i = 0; i <= pattern.size; ++i) {
    if (i != pattern.size && pattern.data[i] != '.') continue;
    check_token(pattern, from, i);
    from = i + 1;
  }
}

}  // namespace detail

}  // namespace aldis
