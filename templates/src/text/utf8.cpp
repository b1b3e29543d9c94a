#include "utf8.hpp"

#include <algorithm>

namespace aldis::templates::detail {

namespace {

char32_t byte_at(std::string_view text, std::size_t offset) noexcept {
  return static_cast<unsigned char>(text[offset]);
}

/// The length of the valid sequence at `offset`, or 0.
std::size_t length_of_sequence(std::string_view text, std::size_t offset) noexcept {
  const char32_t first = byte_at(text, offset);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xC2   ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || text.size() - offset < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, offset + i) & 0xC0) != 0x80) return 0;
  }
  // An overlong form, a surrogate, or beyond the last code point.
  const char32_t second = byte_at(text, offset + 1);
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second >= 0xA0) ||
      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90)) {
    return 0;
  }
  return length;
}

}  // namespace

char32_t next_wide_character(std::string_view text, std::size_t& offset) noexcept {
  const char32_t first = byte_at(text, offset);
  const std::size_t length = length_of_sequence(text, offset);
  if (length <= 1) {
    ++offset;
    return length == 1 ? first : 0xDC00 + first;
  }
  char32_t character = first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    character = (character << 6) | (byte_at(text, offset + i) & 0x3F);
  }
  offset += length;
  return character;
}

char32_t character_at(std::string_view text, std::size_t offset) noexcept {
  return next_character(text, offset);
}

std::size_t character_size(std::string_view text, std::size_t offset) noexcept {
  return std::max<std::size_t>(length_of_sequence(text, offset), 1);
}

char32_t previous_character(std::string_view text, std::size_t& offset) noexcept {
  const std::size_t end = offset;
  // The nearest start of a sequence that ends here; an invalid byte is a character by itself.
  for (std::size_t length = 1; length <= 4 && length <= end; ++length) {
    const std::size_t begin = end - length;
    if (length_of_sequence(text, begin) == length) {
      offset = begin;
      std::size_t next = begin;
      return next_character(text, next);
    }
  }
  offset = end - 1;
  return 0xDC00 + byte_at(text, offset);
}

void append_character(std::string& text, char32_t character) {
  const auto append = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto append_rest = [&](int shift) { append(0x80 | ((character >> shift) & 0x3F)); };
  if (character < 0x80) {
    append(character);
  } else if (character < 0x800) {
    append(0xC0 | (character >> 6));
    append_rest(0);
  } else if (character >= 0xDC80 && character <= 0xDCFF) {
    append(character - 0xDC00);
  } else if (character < 0x10000) {
    append(0xE0 | (character >> 12));
    append_rest(6);
    append_rest(0);
  } else {
    append(0xF0 | (character >> 18));
    append_rest(12);
    append_rest(6);
    append_rest(0);
  }
}

std::size_t count_characters(std::string_view text) noexcept {
  if (is_ascii(text)) return text.size();
  std::size_t count = 0;
  for (std::size_t offset = 0; offset < text.size(); ++count) next_character(text, offset);
  return count;
}

std::size_t offset_of_character(std::string_view text, std::size_t number) noexcept {
  std::size_t offset = 0;
  while (number > 0 && offset < text.size()) {
    next_character(text, offset);
    --number;
  }
  return offset;
}

std::u32string to_characters(std::string_view text) {
  std::u32string characters;
  characters.reserve(text.size());
  for (std::size_t offset = 0; offset < text.size();) {
    characters.push_back(next_character(text, offset));
  }
  return characters;
}

std::string to_text(std::u32string_view characters) {
  std::string text;
  text.reserve(characters.size());
  for (const char32_t character : characters) append_character(text, character);
  return text;
}

}  // namespace aldis::templates::detail
