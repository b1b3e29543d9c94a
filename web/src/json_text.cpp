#include "json_text.hpp"

#include <aldis/templates/object.hpp>

#include "utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace aldis::web::detail {

namespace {

void append_unit(std::string& to, char32_t unit) {
  constexpr char digits[] = "0123456789abcdef";
  to += {'\\',
         'u',
         digits[unit >> 12 & 15],
         digits[unit >> 8 & 15],
         digits[unit >> 4 & 15],
         digits[unit & 15]};
}

constexpr bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void append_text(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    // Most text is plain as a whole.
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
    to.append(text, 0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char32_t c = take_character(text);
    switch (c) {
      case '"':
        to += "\\\"";
        break;
      case '\\':
        to += "\\\\";
        break;
      case '\n':
        to += "\\n";
        break;
      case '\r':
        to += "\\r";
        break;
      case '\t':
        to += "\\t";
        break;
      case '\b':
        to += "\\b";
        break;
      case '\f':
        to += "\\f";
        break;
      default:
        if (c < 0x10000) {
          append_unit(to, c);
        } else {
          append_unit(to, 0xd800 + ((c - 0x10000) >> 10));
          append_unit(to, 0xdc00 + ((c - 0x10000) & 0x3ff));
        }
    }
  }
  to += '"';
}

/// As Python's repr.
void append_number(std::string& to, double number) {
  if (std::isnan(number)) {
    to += "NaN";
  } else if (std::isinf(number)) {
    to += number < 0 ? "-Infinity" : "Infinity";
  } else {
    std::array<char, 32> room{};
    const bool plain = number == 0 || (std::abs(number) >= 1e-4 && std::abs(number) < 1e16);
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    const std::string_view digits(room.data(), static_cast<std::size_t>(end - room.data()));
    to += digits;
    if (plain && digits.find('.') == digits.npos) to += ".0";
  }
}

void append(std::string& to, const value& from, std::size_t depth);

std::string key_text(const value& key) {
  if (key.is_text()) return std::string(key.as_text());
  if (key.is_none()) return "null";
  if (key.is(templates::value_kind::boolean)) return key.as_boolean() ? "true" : "false";
  if (key.is(templates::value_kind::integer)) return std::to_string(key.as_integer());
  throw std::invalid_argument("aldis: the keys of a JSON object are text");
}

void append_dict(std::string& to, const dict& from, std::size_t depth) {
  std::vector<std::pair<std::string, const value*>> entries;
  for (const dict::entry& each : from) entries.emplace_back(key_text(each.key), &each.mapped);
  std::sort(entries.begin(), entries.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  char separator = '{';
  for (const auto& [key, mapped] : entries) {
    to += std::exchange(separator, ',');
    append_text(to, key);
    to += ':';
    append(to, *mapped, depth + 1);
  }
  to += separator == '{' ? "{}" : "}";
}

void append(std::string& to, const value& from, std::size_t depth) {
  using templates::value_kind;
  if (depth > deepest_json)
    throw std::invalid_argument("aldis: a value is nested too deep for JSON");
  switch (from.kind()) {
    case value_kind::none:
      to += "null";
      return;
    case value_kind::boolean:
      to += from.as_boolean() ? "true" : "false";
      return;
    case value_kind::integer:
      to += std::to_string(from.as_integer());
      return;
    case value_kind::floating:
      append_number(to, from.as_floating());
      return;
    case value_kind::text:
    case value_kind::safe_text:
      append_text(to, from.as_text());
      return;
    case value_kind::list:
    case value_kind::tuple: {
      char separator = '[';
      for (const value& item : from.as_items()) {
        to += std::exchange(separator, ',');
        append(to, item, depth + 1);
      }
      to += separator == '[' ? "[]" : "]";
      return;
    }
    case value_kind::dict:
      append_dict(to, from.as_dict(), depth);
      return;
    case value_kind::object:
      throw std::invalid_argument("aldis: JSON cannot hold a " +
                                  std::string(from.as_object().type_name()));
    case value_kind::undefined:
      throw std::invalid_argument("aldis: JSON cannot hold an undefined value");
  }
}

}  // namespace

std::string to_json(const value& from) {
  std::string text;
  append(text, from, 0);
  return text;
}

}  // namespace aldis::web::detail
