#pragma once

#include <cstdint>

namespace aldis::templates::detail {

/// What is known of a character. Characters that agree in all of it share a record.
///
/// The four mappings are distances to the other character. From `case_sequence` on they are, less
/// that, a place in `case_sequences` times four plus a length: the character becomes several.
struct character_record {
  std::int32_t upper;
  std::int32_t lower;
  std::int32_t title;
  std::int32_t folded;
  std::uint16_t flags;  // bits in the order of character_class, see unicode.hpp
  std::uint8_t decimal;
};

inline constexpr std::int32_t case_sequence = 1 << 24;
inline constexpr unsigned characters_in_block = 128;

// The record of character c: records_in_blocks[character_blocks[c / 128] * 128 + c % 128].
extern const character_record character_records[];
extern const std::uint16_t character_blocks[];
extern const std::uint16_t records_in_blocks[];
extern const char32_t case_sequences[];

}  // namespace aldis::templates::detail
