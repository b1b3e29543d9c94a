#include "html.hpp"

#include "html_entities.hpp"
#include "numbers.hpp"
#include "unicode.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cstdint>

namespace aldis::templates::detail {

namespace {

/// The longest entity name at the start of the text, or null.
const html_entity* longest_entity(std::string_view text) noexcept {
  const html_entity* const end = html_entities + html_entity_count;
  while (!text.empty()) {
    const html_entity* const after = std::upper_bound(
        html_entities, end, text,
        [](std::string_view t, const html_entity& entity) { return t < entity.name; });
    if (after == html_entities) break;
    const std::string_view name = (after - 1)->name;
    if (text.starts_with(name)) return after - 1;
    // A shorter match is a prefix of this name and precedes it in the table.
    const auto common = std::mismatch(text.begin(), text.end(), name.begin(), name.end()).first;
    text = text.substr(0, static_cast<std::size_t>(common - text.begin()));
  }
  return nullptr;
}

/// Browsers interpret 0x80 to 0x9F as Windows-1252.
constexpr char32_t windows_1252[] = {0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021,
                                     0x2C6,  0x2030, 0x160,  0x2039, 0x152,  0x8D,   0x17D,  0x8F,
                                     0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                     0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178};

bool is_no_character(std::uint32_t number) noexcept {
  return (number < 0x20 && number != '\t' && number != '\n' && number != '\f') || number == 0x7F ||
         (number >= 0xFDD0 && number <= 0xFDEF) || (number & 0xFFFE) == 0xFFFE;
}

void append_numbered(std::string& out, std::uint32_t number) {
  constexpr char32_t replacement = 0xFFFD;
  if (number >= 0x80 && number <= 0x9F) {
    append_character(out, windows_1252[number - 0x80]);
  } else if (number == 0 || (number >= 0xD800 && number <= 0xDFFF) || number > 0x10FFFF) {
    append_character(out, replacement);
  } else if (number == '\r' || !is_no_character(number)) {
    append_character(out, number);
  }
}

/// Reads the number after `&#`. Returns its size, 0 if there is no number.
std::size_t append_numeric_reference(std::string& out, std::string_view rest) {
  const bool hexadecimal = !rest.empty() && (rest[0] == 'x' || rest[0] == 'X');
  const int base = hexadecimal ? 16 : 10;
  const std::size_t begin = hexadecimal ? 1 : 0;
  std::size_t end = begin;
  int number = 0;
  for (; end < rest.size() && digit_value(rest[end]) < base; ++end) {
    // Saturates beyond the last code point.
    number = std::min(number * base + digit_value(rest[end]), 0x110000);
  }
  if (end == begin) return 0;
  append_numbered(out, static_cast<char32_t>(number));
  return end < rest.size() && rest[end] == ';' ? end + 1 : end;
}

/// Reads the name after `&`. Returns its size, 0 if there is no name.
std::size_t append_named_reference(std::string& out, std::string_view rest) {
  constexpr std::size_t longest = 32;
  std::size_t end = 0;
  for (std::size_t count = 0; count < longest && end < rest.size(); ++count) {
    if (std::string_view("\t\n\f <&#;").find(rest[end]) != std::string_view::npos) break;
    next_character(rest, end);
  }
  if (end == 0) return 0;
  if (end < rest.size() && rest[end] == ';') ++end;
  const html_entity* const entity = longest_entity(rest.substr(0, end));
  if (!entity) return 0;
  out += entity->text;
  return std::string_view(entity->name).size();
}

/// Removes tags and comments, up to the first that has no end.
std::string without_tags(std::string_view text) {
  constexpr std::string_view comment = "<!--";
  constexpr std::string_view comment_end = "-->";
  std::string result;
  for (std::size_t begin; (begin = text.find('<')) != std::string_view::npos;) {
    const bool is_comment = text.substr(begin).starts_with(comment);
    const std::size_t end =
        is_comment ? text.find(comment_end, begin + comment.size()) : text.find('>', begin);
    if (end == std::string_view::npos) break;
    result.append(text.substr(0, begin));
    text.remove_prefix(end + (is_comment ? comment_end.size() : 1));
  }
  result.append(text);
  return result;
}

}  // namespace

std::string unescape_html(std::string_view markup) {
  std::string result;
  while (!markup.empty()) {
    const std::size_t offset = std::min(markup.find('&'), markup.size());
    result.append(markup.substr(0, offset));
    markup.remove_prefix(offset);
    if (markup.empty()) break;
    markup.remove_prefix(1);
    const bool numeric = markup.starts_with('#');
    const std::size_t read = numeric ? append_numeric_reference(result, markup.substr(1))
                                     : append_named_reference(result, markup);
    if (read == 0) {
      result.push_back('&');
    } else {
      markup.remove_prefix(read + (numeric ? 1 : 0));
    }
  }
  return result;
}

std::string strip_tags(std::string_view markup) {
  const std::string text = without_tags(markup);
  std::string collapsed;
  bool space = false;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    if (is_space(next_character(text, offset))) {
      space = true;
      continue;
    }
    if (space && !collapsed.empty()) collapsed.push_back(' ');
    space = false;
    collapsed.append(text, begin, offset - begin);
  }
  return unescape_html(collapsed);
}

}  // namespace aldis::templates::detail
