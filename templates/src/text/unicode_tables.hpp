#pragma once

#include <cstdint>

namespace aldis::templates::detail {

/// The properties of a character. Characters with equal properties share a record.
///
/// The four mappings are distances to the mapped character. Values from `case_sequence` on map to
/// several characters: minus `case_sequence`, they are four times an index into `case_sequences`
/// plus a length.
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
