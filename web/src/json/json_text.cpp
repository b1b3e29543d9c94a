#include "json/json_text.hpp"

#include <aldis/templates/error.hpp>
#include <aldis/templates/object.hpp>

#include "http/utf8.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

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
    // Most text needs no escapes.
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

/// Formats the number like Python's repr.
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
  if (depth > max_json_depth)
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
    case value_kind::markup:
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

/// Writes a value of Boost.JSON. A large text is written twice, first to compute its size, so that
/// no larger buffers are allocated on the way.
class boost_writer {
 public:
  static std::string write(const boost::json::value& from) {
    boost_writer first;
    first.append(from, 0);
    if (first.dropped_ == 0) return std::move(first.text_);
    boost_writer second;
    second.text_.reserve(first.dropped_ + first.text_.size() + 1);
    first.text_ = {};
    second.keeps_ = true;
    second.append(from, 0);
    return std::move(second.text_);
  }

 private:
  static constexpr std::size_t large = std::size_t{1024} * 1024;

  void append(const boost::json::value& from, std::size_t depth) {
    if (depth > max_json_depth) {
      templates::fail(templates::error_kind::recursion, "the JSON is nested too deep");
    }
    if (!keeps_ && text_.size() > large) {
      dropped_ += text_.size();
      text_.clear();
    }
    switch (from.kind()) {
      case boost::json::kind::null:
        text_ += "null";
        return;
      case boost::json::kind::bool_:
        text_ += from.get_bool() ? "true" : "false";
        return;
      case boost::json::kind::int64:
        text_ += std::to_string(from.get_int64());
        return;
      case boost::json::kind::uint64:
        text_ += std::to_string(from.get_uint64());
        return;
      case boost::json::kind::double_:
        append_number(text_, from.get_double());
        return;
      case boost::json::kind::string:
        append_text(text_, {from.get_string().data(), from.get_string().size()});
        return;
      case boost::json::kind::array: {
        char separator = '[';
        for (const boost::json::value& item : from.get_array()) {
          text_ += std::exchange(separator, ',');
          append(item, depth + 1);
        }
        text_ += separator == '[' ? "[]" : "]";
        return;
      }
      case boost::json::kind::object:
        append_object(from.get_object(), depth);
        return;
    }
  }

  void append_object(const boost::json::object& from, std::size_t depth) {
    std::vector<const boost::json::key_value_pair*> entries;
    entries.reserve(from.size());
    for (const boost::json::key_value_pair& each : from) entries.push_back(&each);
    std::sort(entries.begin(), entries.end(),
              [](const auto* a, const auto* b) { return a->key() < b->key(); });
    text_ += '{';
    for (const boost::json::key_value_pair* const each : entries) {
      if (each != entries.front()) text_ += ',';
      append_text(text_, {each->key().data(), each->key().size()});
      text_ += ':';
      append(each->value(), depth + 1);
    }
    text_ += '}';
  }

  std::string text_;
  std::size_t dropped_ = 0;
  bool keeps_ = false;
};

}  // namespace

std::string to_json(const boost::json::value& from) { return boost_writer::write(from); }

std::string to_json(const value& from) {
  std::string text;
  append(text, from, 0);
  return text;
}

}  // namespace aldis::web::detail
