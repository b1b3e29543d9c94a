#include "literals.hpp"

#include "../text/numbers.hpp"
#include "../text/unicode.hpp"
#include "../text/utf8.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace aldis::templates::detail {

namespace {

/// Skips digits, with single underscores between them.
std::size_t digits_size(std::string_view text, int base) noexcept {
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t digit = size > 0 && text[size] == '_' ? size + 1 : size;
    if (digit >= text.size() || digit_value(text[digit]) >= base) break;
    size = digit + 1;
  }
  return size;
}

std::string without_underscores(std::string_view text) {
  std::string result(text);
  std::erase(result, '_');
  return result;
}

std::size_t floating_size(std::string_view text) noexcept {
  std::size_t size = digits_size(text, 10);
  bool is_floating = false;
  if (size < text.size() && text[size] == '.') {
    const std::size_t fraction = digits_size(text.substr(size + 1), 10);
    if (fraction > 0) {
      size += 1 + fraction;
      is_floating = true;
    }
  }
  if (size < text.size() && (text[size] == 'e' || text[size] == 'E')) {
    std::size_t exponent = size + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const std::size_t digits = digits_size(text.substr(std::min(exponent, text.size())), 10);
    if (digits > 0) {
      size = exponent + digits;
      is_floating = true;
    }
  }
  return is_floating ? size : 0;
}

number_literal integer_literal(std::string_view digits, int base, std::size_t size) {
  number_literal result;
  result.size = size;
  std::int64_t number = 0;
  const std::string plain = without_underscores(digits);
  const auto [end, problem] =
      std::from_chars(plain.data(), plain.data() + plain.size(), number, base);
  result.overflow = problem == std::errc::result_out_of_range;
  result.number = number;
  return result;
}

int base_of(std::string_view text) noexcept {
  if (text.size() < 3 || text[0] != '0') return 10;
  switch (text[1] | 0x20) {
    case 'b':
      return 2;
    case 'o':
      return 8;
    case 'x':
      return 16;
    default:
      return 10;
  }
}

bool is_name_character(char32_t c) noexcept {
  return is_word(c) || is(character_class::identifier_part, c);
}

/// Reads the hexadecimal digits of \x, \u and \U.
bool read_hexadecimal(std::string_view text, std::size_t digits, char32_t& code_point) {
  if (text.size() < digits) return false;
  code_point = 0;
  for (const char c : text.substr(0, digits)) {
    if (digit_value(c) >= 16) return false;
    code_point = code_point * 16 + static_cast<char32_t>(digit_value(c));
  }
  return true;
}

/// Like Jinja, replaces non-ASCII characters by escapes before reading escapes; the difference is
/// visible after a backslash.
void append_escape_of(std::string& text, char32_t c) {
  constexpr std::string_view digits = "0123456789abcdef";
  int count = 8;
  if (c < 0x100) {
    text += 'x';
    count = 2;
  } else if (c < 0x10000) {
    text += 'u';
    count = 4;
  } else {
    text += 'U';
  }
  for (int shift = 4 * (count - 1); shift >= 0; shift -= 4) {
    text += digits[c >> static_cast<unsigned>(shift) & 0xfU];
  }
}

}  // namespace

number_literal read_number(std::string_view text, bool may_be_floating) {
  if (may_be_floating) {
    if (const std::size_t size = floating_size(text); size > 0) {
      number_literal result;
      result.size = size;
      double number = 0;
      const std::string plain = without_underscores(text.substr(0, size));
      const auto [end, problem] =
          std::from_chars(plain.data(), plain.data() + plain.size(), number);
      if (problem == std::errc::result_out_of_range) number = std::strtod(plain.c_str(), nullptr);
      result.number = number;
      return result;
    }
  }
  if (const int base = base_of(text); base != 10) {
    // An underscore may follow the prefix.
    const std::size_t skip = text[2] == '_' ? 3 : 2;
    const std::size_t size = digits_size(text.substr(skip), base);
    if (size > 0) return integer_literal(text.substr(skip, size), base, skip + size);
  }
  if (text[0] == '0') {
    // A leading zero is followed by zeros only: 01 is two numbers.
    std::size_t size = 1;
    while (size < text.size()) {
      const std::size_t digit = text[size] == '_' ? size + 1 : size;
      if (digit >= text.size() || text[digit] != '0') break;
      size = digit + 1;
    }
    return integer_literal("0", 10, size);
  }
  const std::size_t size = digits_size(text, 10);
  return size > 0 ? integer_literal(text.substr(0, size), 10, size) : number_literal{};
}

std::size_t name_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (size < text.size() && is_name_character(character_at(text, size))) {
    size += character_size(text, size);
  }
  return size;
}

std::string read_string(std::string_view inside, std::string& text) {
  text.reserve(inside.size());
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\') {
      text += inside[i];
      continue;
    }
    if (++i == inside.size()) return "\\ at end of string";
    const char escaped = inside[i];
    const std::size_t digits = escaped == 'x' ? 2 : escaped == 'u' ? 4 : 8;
    switch (escaped) {
      case '\n':
        break;
      case '\\':
      case '\'':
      case '"':
        text += escaped;
        break;
      case 'a':
        text += '\a';
        break;
      case 'b':
        text += '\b';
        break;
      case 'f':
        text += '\f';
        break;
      case 'n':
        text += '\n';
        break;
      case 'r':
        text += '\r';
        break;
      case 't':
        text += '\t';
        break;
      case 'v':
        text += '\v';
        break;
      case 'x':
      case 'u':
      case 'U': {
        char32_t code_point = 0;
        if (!read_hexadecimal(inside.substr(i + 1), digits, code_point)) {
          return std::string("truncated \\") + escaped + std::string(digits, 'X') + " escape";
        }
        if (code_point > 0x10ffff) return "illegal Unicode character";
        if (code_point >= 0xd800 && code_point < 0xe000) return "surrogates are not text";
        append_character(text, code_point);
        i += digits;
        break;
      }
      case 'N':
        return "\\N escapes are not supported; write the character itself";
      default: {
        if (escaped >= '0' && escaped <= '7') {
          char32_t code_point = 0;
          std::size_t count = 0;
          while (count < 3 && i < inside.size() && inside[i] >= '0' && inside[i] <= '7') {
            code_point = code_point * 8 + static_cast<char32_t>(inside[i++] - '0');
            ++count;
          }
          --i;
          append_character(text, code_point);
          break;
        }
        text += '\\';
        const char32_t code_point = character_at(inside, i);
        if (code_point < 0x80) {
          text += escaped;
        } else {
          append_escape_of(text, code_point);
          i += character_size(inside, i) - 1;
        }
      }
    }
  }
  return {};
}

std::string in_quotes(std::string_view text) {
  const char quote =
      text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"'
                                                                                            : '\'';
  std::string result(1, quote);
  for (const char c : text) {
    if (c == '\\' || c == quote) {
      result += '\\';
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (c == '\r') {
      result += "\\r";
    } else {
      result += c;
    }
  }
  return result + quote;
}

}  // namespace aldis::templates::detail
