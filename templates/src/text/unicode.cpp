#include "unicode.hpp"

#include "unicode_tables.hpp"
#include "utf8.hpp"

namespace aldis::templates::detail {

namespace {

using mapping = std::int32_t character_record::*;

const character_record& record_of(char32_t character) noexcept {
  const std::size_t block = character_blocks[character / characters_in_block];
  return character_records[records_in_blocks[block * characters_in_block +
                                             character % characters_in_block]];
}

void append_mapped(std::string& text, char32_t character, mapping kind) {
  const std::int32_t distance = record_of(character).*kind;
  if (distance < case_sequence) {
    append_character(text, static_cast<char32_t>(static_cast<std::int32_t>(character) + distance));
    return;
  }
  const std::int32_t offset = distance - case_sequence;
  for (int i = 0; i < (offset & 3); ++i) append_character(text, case_sequences[(offset >> 2) + i]);
}

/// Whether the capital sigma in text[begin, end) is the last letter of its word.
bool is_final_sigma(std::string_view text, std::size_t begin, std::size_t end) noexcept {
  const auto ignorable = [](char32_t c) { return is(character_class::case_ignorable, c); };
  char32_t before = 0;
  while (begin > 0) {
    before = previous_character(text, begin);
    if (!ignorable(before)) break;
    before = 0;
  }
  if (before == 0 || !is_cased(before)) return false;
  while (end < text.size()) {
    const char32_t after = next_character(text, end);
    if (!ignorable(after)) return !is_cased(after);
  }
  return true;
}

/// Appends the character text[begin, end) in lower case.
void append_lower(std::string& result, std::string_view text, std::size_t begin, std::size_t end,
                  char32_t character) {
  constexpr char32_t capital_sigma = 0x3A3, final_sigma = 0x3C2;
  if (character == capital_sigma && is_final_sigma(text, begin, end)) {
    append_character(result, final_sigma);
  } else {
    append_mapped(result, character, &character_record::lower);
  }
}

template <class Append>
std::string map_characters(std::string_view text, Append append) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    const char32_t character = next_character(text, offset);
    append(result, begin, offset, character);
  }
  return result;
}

std::string map_all(std::string_view text, mapping kind) {
  return map_characters(text, [&](std::string& result, std::size_t, std::size_t, char32_t c) {
    append_mapped(result, c, kind);
  });
}

}  // namespace

bool is(character_class what, char32_t character) noexcept {
  return (record_of(character).flags & static_cast<std::uint16_t>(what)) != 0;
}

bool is_alphanumeric(char32_t character) noexcept {
  using enum character_class;
  return (record_of(character).flags &
          (static_cast<unsigned>(alpha) | static_cast<unsigned>(decimal) |
           static_cast<unsigned>(digit) | static_cast<unsigned>(numeric))) != 0;
}

bool is_cased(char32_t character) noexcept {
  using enum character_class;
  return (record_of(character).flags &
          (static_cast<unsigned>(upper) | static_cast<unsigned>(lower) |
           static_cast<unsigned>(title))) != 0;
}

bool is_line_break(char32_t character) noexcept {
  return (character >= '\n' && character <= '\r') || (character >= 0x1C && character <= 0x1E) ||
         character == 0x85 || character == 0x2028 || character == 0x2029;
}

bool is_identifier(std::string_view text) noexcept {
  for (std::size_t offset = 0; offset < text.size();) {
    const bool first = offset == 0;
    const char32_t c = next_character(text, offset);
    if (!is(first ? character_class::identifier_start : character_class::identifier_part, c)) {
      return false;
    }
  }
  return !text.empty();
}

std::string_view without_space_at_end(std::string_view text) noexcept {
  for (std::size_t offset = text.size();
       offset > 0 && is_space(previous_character(text, offset));) {
    text = text.substr(0, offset);
  }
  return text;
}

std::size_t space_at(std::string_view text, std::size_t offset) noexcept {
  std::size_t end = offset;
  for (std::size_t next = offset; next < text.size(); end = next) {
    if (!is_space(next_character(text, next))) break;
  }
  return end - offset;
}

int decimal_value(char32_t character) noexcept { return record_of(character).decimal; }

std::string to_upper(std::string_view text) {
  if (!is_ascii(text)) return map_all(text, &character_record::upper);
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return result;
}

std::string to_lower(std::string_view text) {
  if (is_ascii(text)) {
    std::string result(text);
    for (char& c : result) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return result;
  }
  return map_characters(text, [&](std::string& result, std::size_t begin, std::size_t end,
                                  char32_t c) { append_lower(result, text, begin, end, c); });
}

std::string to_title(std::string_view text) {
  bool inside_word = false;
  return map_characters(text,
                        [&](std::string& result, std::size_t begin, std::size_t end, char32_t c) {
                          if (inside_word) {
                            append_lower(result, text, begin, end, c);
                          } else {
                            append_mapped(result, c, &character_record::title);
                          }
                          inside_word = is_cased(c);
                        });
}

std::string capitalize(std::string_view text) {
  return map_characters(text,
                        [&](std::string& result, std::size_t begin, std::size_t end, char32_t c) {
                          if (begin == 0) {
                            append_mapped(result, c, &character_record::title);
                          } else {
                            append_lower(result, text, begin, end, c);
                          }
                        });
}

std::string swap_case(std::string_view text) {
  return map_characters(text,
                        [&](std::string& result, std::size_t begin, std::size_t end, char32_t c) {
                          if (is(character_class::upper, c)) {
                            append_lower(result, text, begin, end, c);
                          } else if (is(character_class::lower, c)) {
                            append_mapped(result, c, &character_record::upper);
                          } else {
                            append_character(result, c);
                          }
                        });
}

std::string fold_case(std::string_view text) { return map_all(text, &character_record::folded); }

}  // namespace aldis::templates::detail
