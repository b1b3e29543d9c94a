#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// Text is UTF-8. A byte that is not part of valid UTF-8 counts as one character, in the range
// U+DC80 to U+DCFF, and is written back as that byte: no text is lost by passing through.
namespace aldis::templates::detail {

inline bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

inline bool is_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t highest_bits = 0x8080808080808080U;
  std::uint64_t word = 0;
  for (; text.size() >= sizeof word; text.remove_prefix(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    if ((word & highest_bits) != 0) return false;
  }
  for (const char c : text) {
    if (!is_ascii(c)) return false;
  }
  return true;
}

/// As next_character, of any character.
char32_t next_wide_character(std::string_view text, std::size_t& offset) noexcept;

/// The character that begins at `offset`, which is moved behind it. `offset` is inside `text`.
inline char32_t next_character(std::string_view text, std::size_t& offset) noexcept {
  if (!is_ascii(text[offset])) return next_wide_character(text, offset);
  return static_cast<unsigned char>(text[offset++]);
}

/// The character that ends at `offset`, which is moved before it. `offset` is not 0.
char32_t previous_character(std::string_view text, std::size_t& offset) noexcept;

/// The character that begins at `offset`, and its length in bytes. `offset` is inside `text`.
char32_t character_at(std::string_view text, std::size_t offset) noexcept;
std::size_t character_size(std::string_view text, std::size_t offset) noexcept;

void append_character(std::string& text, char32_t character);

std::size_t count_characters(std::string_view text) noexcept;

/// Where the character with this number begins; the end of the text if there are not so many.
std::size_t offset_of_character(std::string_view text, std::size_t number) noexcept;

std::u32string to_characters(std::string_view text);
std::string to_text(std::u32string_view characters);

}  // namespace aldis::templates::detail
