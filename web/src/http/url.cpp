#include "http/url.hpp"

#include "http/text.hpp"
#include "http/utf8.hpp"

namespace aldis::web::detail {

namespace {

void append_escaped(std::string& to, char c) {
  constexpr char digits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  to += {'%', digits[byte >> 4], digits[byte & 15]};
}

/// Escapes bytes that are not UTF-8, so that nothing is lost.
std::string escape_invalid(std::string text) {
  if (is_utf8(text)) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view before = rest;
    const char32_t character = take_character(rest);
    const std::string_view taken = before.substr(0, before.size() - rest.size());
    if (character != U'\ufffd' || taken == "\xef\xbf\xbd") {
      result += taken;
    } else {
      for (const char c : taken) append_escaped(result, c);
    }
  }
  return result;
}

bool is_unreserved(char c) noexcept {
  return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '~';
}

}  // namespace

std::string unescape_bytes(std::string_view text, plus how) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%' && text.size() - i > 2) {
      const int high = hex_digit(text[i + 1]);
      const int low = hex_digit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        result += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
    }
    result += c == '+' && how == plus::as_space ? ' ' : c;
  }
  return result;
}

std::string unescape(std::string_view text, plus how) { return as_utf8(unescape_bytes(text, how)); }

std::string escape(std::string_view text, std::string_view safe) {
  std::string result;
  for (const char c : text) {
    if (is_unreserved(c) || safe.find(c) != safe.npos) {
      result += c;
    } else {
      append_escaped(result, c);
    }
  }
  return result;
}

std::string escape_query(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == ' ') {
      result += '+';
    } else if (is_unreserved(c)) {
      result += c;
    } else {
      append_escaped(result, c);
    }
  }
  return result;
}

std::string escape_url(std::string_view url) { return escape(url, "%!#$&'()*+,/:;=?@[]"); }

multi_dict parse_urlencoded(std::string_view text) {
  multi_dict result;
  while (!text.empty()) {
    const auto [pair, rest] = split_once(text, '&');
    text = rest;
    if (pair.empty()) continue;
    const auto [name, value] = split_once(pair, '=');
    result.add(escape_invalid(unescape_bytes(name, plus::as_space)),
               escape_invalid(unescape_bytes(value, plus::as_space)));
  }
  return result;
}

}  // namespace aldis::web::detail
