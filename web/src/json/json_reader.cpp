#include "json/json_reader.hpp"

#include "http/text.hpp"
#include "json/json_text.hpp"

#include <iterator>
#include <utility>
#include <vector>

namespace aldis::web::detail {

namespace {

constexpr std::string_view infinite = "1e999";
constexpr std::string_view not_a_number = "-0e999";
/// Replaces not_a_number if the text itself contains it.
constexpr std::string_view minus_zero = "-0e0";

/// Replaces `NaN`, `Infinity` and `-Infinity`, which Python reads and writes but JSON does not
/// have, by digits; not in strings, and only where a number is allowed.
std::string with_digits_for_names(std::string_view text) {
  constexpr std::string_view before_number = " \t\r\n[,:-";
  std::string result;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const auto is_here = [&](std::string_view name) {
      if (quoted || !rest.starts_with(name)) return false;
      if (at > 0 && before_number.find(text[at - 1]) == before_number.npos) return false;
      return rest.size() == name.size() ||
             !(is_letter(rest[name.size()]) || is_digit(rest[name.size()]));
    };
    std::size_t size = 1;
    std::string_view digits;
    if (quoted && rest.front() == '\\') {
      size = 2;
    } else if (rest.front() == '"') {
      quoted = !quoted;
    } else if (is_here("NaN")) {
      size = 3;
      digits = not_a_number;
    } else if (is_here("Infinity")) {
      size = 8;
      digits = infinite;
    } else if (is_here(not_a_number)) {
      size = not_a_number.size();
      digits = minus_zero;
    }
    result += digits.empty() ? rest.substr(0, size) : digits;
    at += size;
  }
  return result;
}

/// Like boost::json::value_stack, for the values of settings and sessions.
class value_stack {
  using text = boost::json::string_view;

 public:
  void push_object(std::size_t count) {
    dict entries;
    for (auto entry = end_minus(2 * count); entry != values_.end(); entry += 2) {
      entries[entry[0]] = std::move(entry[1]);
    }
    replace(2 * count, std::move(entries));
  }
  void push_array(std::size_t count) {
    replace(count, list(std::make_move_iterator(end_minus(count)),
                        std::make_move_iterator(values_.end())));
  }
  void push_chars(text part) { chars_.append(part.data(), part.size()); }
  void push_key(text last) { push_string(last); }
  void push_string(text last) {
    push_chars(last);
    values_.emplace_back(std::string_view(chars_));
    chars_.clear();
  }
  void push_int64(std::int64_t number) { values_.emplace_back(number); }
  /// Such an integer is too large for a value. The parser delivers even larger ones as doubles,
  /// too.
  void push_uint64(std::uint64_t number) { push_double(static_cast<double>(number)); }
  void push_double(double number) { values_.emplace_back(number); }
  void push_bool(bool flag) { values_.emplace_back(flag); }
  void push_null() { values_.emplace_back(nullptr); }

  value release() { return std::move(values_.back()); }

 private:
  std::vector<value>::iterator end_minus(std::size_t count) {
    return values_.end() - static_cast<std::ptrdiff_t>(count);
  }
  void replace(std::size_t count, value whole) {
    values_.erase(end_minus(count), values_.end());
    values_.push_back(std::move(whole));
  }

  std::vector<value> values_;
  std::string chars_;
};

}  // namespace

std::optional<value> from_json(std::string_view text) {
  value_stack stack;
  boost::json::error_code error;
  if (text.find("NaN") != text.npos || text.find("Infinity") != text.npos) {
    read_json(with_digits_for_names(text), stack, max_json_depth, error, not_a_number);
  } else {
    read_json(text, stack, max_json_depth, error);
  }
  if (error) return std::nullopt;
  return stack.release();
}

}  // namespace aldis::web::detail
