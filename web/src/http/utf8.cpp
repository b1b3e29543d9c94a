#include "http/utf8.hpp"

#include <algorithm>
#include <cstddef>

namespace aldis::web::detail {

namespace {

struct sequence {
  std::size_t size;  // in bytes; at least 1
  bool valid;
};

unsigned byte_at(std::string_view text, std::size_t i) noexcept {
  return static_cast<unsigned char>(text[i]);
}

/// The first sequence of text that is not empty: a character, or the longest prefix of one
/// (Unicode's "maximal subpart").
sequence first_sequence(std::string_view text) noexcept {
  const unsigned lead = byte_at(text, 0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xc2 || lead > 0xf4) return {1, false};
  const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < size; ++i) {
    // The second byte tells whether it is overlong, a surrogate or too large.
    unsigned low = 0x80;
    unsigned high = 0xbf;
    if (i == 1) {
      if (lead == 0xe0) low = 0xa0;
      if (lead == 0xed) high = 0x9f;
      if (lead == 0xf0) low = 0x90;
      if (lead == 0xf4) high = 0x8f;
    }
    if (i == text.size() || byte_at(text, i) < low || byte_at(text, i) > high) return {i, false};
  }
  return {size, true};
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const sequence next = first_sequence(text);
    if (!next.valid) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

char32_t take_character(std::string_view& text) noexcept {
  const sequence taken = first_sequence(text);
  const unsigned lead = byte_at(text, 0);
  // The lead byte has as many ones before its first zero as there are bytes.
  char32_t character = taken.size == 1 ? lead : lead & (0xffU >> (taken.size + 1));
  for (std::size_t i = 1; i < taken.size; ++i) {
    character = character << 6 | (byte_at(text, i) & 0x3fU);
  }
  text.remove_prefix(taken.size);
  return taken.valid ? character : U'\ufffd';
}

std::string as_utf8(std::string text) {
  if (is_utf8(text)) return text;
  std::string result;
  for (std::string_view rest = text; !rest.empty();) {
    const sequence next = first_sequence(rest);
    result += next.valid ? rest.substr(0, next.size) : std::string_view("\xef\xbf\xbd");
    rest.remove_prefix(next.size);
  }
  return result;
}

}  // namespace aldis::web::detail
