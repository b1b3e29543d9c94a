#include "utf8.hpp"

#include <algorithm>

namespace aldis::templates::detail {

namespace {

unsigned byte_at(std::string_view text, std::size_t place) noexcept {
  return static_cast<unsigned char>(text[place]);
}

bool continues(std::string_view text, std::size_t place) noexcept {
  return place < text.size() && (byte_at(text, place) & 0xc0U) == 0x80U;
}

}  // namespace

std::size_t code_point_size(std::string_view text, std::size_t place) noexcept {
  const unsigned lead = byte_at(text, place);
  if (lead < 0x80U) return 1;
  std::size_t size = 1;
  if (lead >= 0xc2U && lead < 0xe0U) {
    size = 2;
  } else if (lead >= 0xe0U && lead < 0xf0U) {
    size = 3;
  } else if (lead >= 0xf0U && lead < 0xf5U) {
    size = 4;
  }
  for (std::size_t i = 1; i < size; ++i) {
    if (!continues(text, place + i)) return 1;
  }
  return size;
}

char32_t code_point_at(std::string_view text, std::size_t place) noexcept {
  const std::size_t size = code_point_size(text, place);
  unsigned code_point = byte_at(text, place);
  if (size > 1) code_point &= 0xffU >> (size + 1);
  for (std::size_t i = 1; i < size; ++i) {
    code_point = code_point << 6U | (byte_at(text, place + i) & 0x3fU);
  }
  return code_point;
}

std::size_t code_point_size_before(std::string_view text, std::size_t place) noexcept {
  const std::size_t most = std::min<std::size_t>(place, 4);
  for (std::size_t size = 2; size <= most; ++size) {
    if (!continues(text, place - size + 1)) break;
    if (code_point_size(text, place - size) == size) return size;
  }
  return 1;
}

void append_code_point(std::string& out, char32_t code_point) {
  const auto byte = [&](char32_t bits) {
    out += static_cast<char>(static_cast<unsigned char>(bits));
  };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xc0U | code_point >> 6U);
    byte(0x80U | (code_point & 0x3fU));
  } else if (code_point < 0x10000) {
    byte(0xe0U | code_point >> 12U);
    byte(0x80U | (code_point >> 6U & 0x3fU));
    byte(0x80U | (code_point & 0x3fU));
  } else {
    byte(0xf0U | code_point >> 18U);
    byte(0x80U | (code_point >> 12U & 0x3fU));
    byte(0x80U | (code_point >> 6U & 0x3fU));
    byte(0x80U | (code_point & 0x3fU));
  }
}

std::size_t code_points(std::string_view text) noexcept {
  if (is_ascii(text)) return text.size();
  std::size_t count = 0;
  for (std::size_t place = 0; place < text.size(); place += code_point_size(text, place)) ++count;
  return count;
}

std::size_t place_of_code_point(std::string_view text, std::size_t number) noexcept {
  std::size_t place = 0;
  while (number > 0 && place < text.size()) {
    place += code_point_size(text, place);
    --number;
  }
  return place;
}

bool is_ascii(std::string_view text) noexcept {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80U; });
}

bool is_space(char32_t c) noexcept {
  if (c < 0x80) return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20);
  return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
         c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_word(char32_t c) noexcept {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (c < 0x80) return within('0', '9') || within('a', 'z') || within('A', 'Z') || c == '_';
  if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xb7 || c == 0xba;
  // What is left out is punctuation, symbols and pictures.
  return c != 0xd7 && c != 0xf7 && !within(0x2000, 0x206f) && !within(0x20a0, 0x20cf) &&
         !within(0x2190, 0x2bff) && !within(0x3000, 0x3004) && !within(0x3008, 0x3020) &&
         !within(0xd800, 0xf8ff) && !within(0xfe30, 0xfe6f) && !within(0xff00, 0xff0f) &&
         !within(0x1f000, 0x1faff);
}

std::string_view without_space_at_end(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t size = code_point_size_before(text, text.size());
    if (!is_space(code_point_at(text, text.size() - size))) break;
    text.remove_suffix(size);
  }
  return text;
}

std::size_t space_at(std::string_view text, std::size_t place) noexcept {
  const std::size_t begin = place;
  while (place < text.size() && is_space(code_point_at(text, place))) {
    place += code_point_size(text, place);
  }
  return place - begin;
}

}  // namespace aldis::templates::detail
