#include "json_text.hpp"
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

namespace aldis::web::detail {

namespace {

constexpr std::string_view infinite = "1e999";
constexpr std::string_view not_a_number = "-0e999";

/// `NaN`, `Infinity` and `-Infinity`, which JSON does not have and Python reads and writes, as
/// digits; text in quotes stays as it is.
std::string with_digits_for_names(std::string_view text) {
  std::string result;
  bool quoted = false;
  while (!text.empty()) {
    std::size_t size = 1;
    std::string_view digits;
    if (quoted && text.front() == '\\') {
      size = std::min<std::size_t>(2, text.size());
    } else if (text.front() == '"') {
      quoted = !quoted;
    } else if (!quoted && text.starts_with("NaN")) {
      size = 3;
      digits = not_a_number;
    } else if (!quoted && text.starts_with("Infinity")) {
      size = 8;
      digits = infinite;
    }
    result += digits.empty() ? text.substr(0, size) : digits;
    text.remove_prefix(size);
  }
  return result;
}

/// Makes values of what Boost's parser finds. Numbers are read here: those of its version 1.81 may
/// be the neighbour of what stands there, and then a session would not come back as it went.
/// The three numbers that Python writes as names come as digits that nothing else writes.
class json_reader {
  using text = boost::json::string_view;
  using failure = boost::json::error_code;

 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  bool on_document_begin(failure&) { return true; }
  bool on_document_end(failure&) { return true; }
  bool on_object_begin(failure&) { return open(value(dict())); }
  bool on_object_end(std::size_t, failure&) { return close(); }
  bool on_array_begin(failure&) { return open(value(list())); }
  bool on_array_end(std::size_t, failure&) { return close(); }
  bool on_key_part(text part, std::size_t, failure&) { return collect(part); }
  bool on_key(text last, std::size_t, failure&) {
    open_.back().key = collected(last);
    return true;
  }
  bool on_string_part(text part, std::size_t, failure&) { return collect(part); }
  bool on_string(text last, std::size_t, failure&) { return add(value(collected(last))); }
  bool on_number_part(text part, failure&) { return collect(part); }
  bool on_int64(std::int64_t number, text, failure&) {
    collected_.clear();
    return add(value(number));
  }
  /// Beyond the integers that a value can hold; still larger ones are doubles to the parser, too.
  bool on_uint64(std::uint64_t number, text, failure&) {
    collected_.clear();
    return add(value(static_cast<double>(number)));
  }
  bool on_double(double about, text last, failure&) {
    const std::string digits = collected(last);
    if (digits == not_a_number) return add(value(std::numeric_limits<double>::quiet_NaN()));
    double exact = about;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exact);
    return add(value(read.ec == std::errc() ? exact : about));
  }
  bool on_bool(bool flag, failure&) { return add(value(flag)); }
  bool on_null(failure&) { return add(value(nullptr)); }
  bool on_comment_part(text, failure&) { return true; }
  bool on_comment(text, failure&) { return true; }

  value take() { return std::move(result_); }

 private:
  /// A list or dict whose end has not come, and the key of the entry that comes next.
  struct container {
    value items;
    std::string key;
  };

  bool collect(text part) {
    collected_.append(part.data(), part.size());
    return true;
  }
  std::string collected(text last) {
    collect(last);
    return std::exchange(collected_, {});
  }
  bool open(value items) {
    open_.push_back({std::move(items), {}});
    return true;
  }
  bool close() {
    value whole = std::move(open_.back().items);
    open_.pop_back();
    return add(std::move(whole));
  }
  bool add(value one) {
    if (open_.empty()) {
      result_ = std::move(one);
    } else if (open_.back().items.is(templates::value_kind::dict)) {
      open_.back().items.as_dict()[open_.back().key] = std::move(one);
    } else {
      open_.back().items.as_list().push_back(std::move(one));
    }
    return true;
  }

  std::vector<container> open_;
  std::string collected_;
  value result_;
};

}  // namespace

std::optional<value> from_json(std::string_view text) {
  boost::json::basic_parser<json_reader> parser({.max_depth = deepest_json});
  boost::json::error_code error;
  std::string changed;
  if (text.find("NaN") != text.npos || text.find("Infinity") != text.npos) {
    changed = with_digits_for_names(text);
    text = changed;
  }
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read != text.size()) return std::nullopt;
  return parser.handler().take();
}

}  // namespace aldis::web::detail
