#include "http/text.hpp"

#include <algorithm>

namespace aldis::web::detail {

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || others.find(c) != others.npos;
  });
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::pair<std::string_view, std::string_view> split_once(std::string_view text,
                                                         char separator) noexcept {
  const auto at = text.find(separator);
  if (at == text.npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string escape_control(std::string_view text) {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  const auto escape = [&](unsigned char byte) {
    result += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) {
      escape(byte);
    } else if (byte == 0xc2 && i + 1 < text.size() &&
               (static_cast<unsigned char>(text[i + 1]) & 0xe0) == 0x80) {
      // U+0080 to U+009F in UTF-8: to terminals, some of them begin a control sequence.
      escape(byte);
      escape(static_cast<unsigned char>(text[++i]));
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t max_size = 200;
  return "'" + escape_control(text.substr(0, max_size)) + (text.size() > max_size ? "...'" : "'");
}

void trim_memory(std::string& text, std::size_t max_capacity) {
  if (text.empty() && text.capacity() > max_capacity) std::string().swap(text);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

}  // namespace aldis::web::detail
