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

/// next_character() for characters that are not ASCII.
char32_t next_wide_character(std::string_view text, std::size_t& offset) noexcept;

/// Returns the character at `offset` and moves `offset` past it. `offset` must be inside `text`.
inline char32_t next_character(std::string_view text, std::size_t& offset) noexcept {
  if (!is_ascii(text[offset])) return next_wide_character(text, offset);
  return static_cast<unsigned char>(text[offset++]);
}

/// Returns the character before `offset` and moves `offset` to its start. `offset` must not be 0.
char32_t previous_character(std::string_view text, std::size_t& offset) noexcept;

// The character at `offset`, and its length in bytes. `offset` must be inside `text`.
char32_t character_at(std::string_view text, std::size_t offset) noexcept;
std::size_t character_size(std::string_view text, std::size_t offset) noexcept;

void append_character(std::string& text, char32_t character);

std::size_t count_characters(std::string_view text) noexcept;

/// The offset of the character with this number; the end of the text if it has fewer.
std::size_t offset_of_character(std::string_view text, std::size_t number) noexcept;

std::u32string to_characters(std::string_view text);
std::string to_text(std::u32string_view characters);

}  // namespace aldis::templates::detail
