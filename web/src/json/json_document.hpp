#pragma once

#include "json/json_reader.hpp"
#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::web::detail {

/// The counts that are needed before the values of a text are created.
struct json_outline {
  /// The sizes of arrays and objects, in the order in which they begin. They are removed as they
  /// are used.
  std::deque<std::uint32_t> counts;
  std::size_t longest_key = 0;
  /// Of keys and strings that the parser delivers in parts.
  std::size_t longest_parts = 0;

  /// The temporary memory while the values are created.
  std::size_t memory() const noexcept {
    return counts.size() * sizeof(counts[0]) + longest_key + longest_parts;
  }
};

/// A handler for Boost's parser that collects the outline of a text.
class json_counter : public json_handler_base {
 public:
  explicit json_counter(json_outline& outline) : outline_(&outline) {}

  bool on_object_begin(failure&) { return begin(); }
  bool on_object_end(std::size_t count, failure&) { return end(count); }
  bool on_array_begin(failure&) { return begin(); }
  bool on_array_end(std::size_t count, failure&) { return end(count); }
  bool on_key_part(text, std::size_t size, failure&) { return note_parts(size); }
  bool on_key(text, std::size_t size, failure&) {
    outline_->longest_key = std::max(outline_->longest_key, size);
    return true;
  }
  bool on_string_part(text, std::size_t size, failure&) { return note_parts(size); }
  bool on_string(text, std::size_t, failure&) { return true; }
  bool on_number_part(text, failure&) { return true; }
  bool on_int64(std::int64_t, text, failure&) { return true; }
  bool on_uint64(std::uint64_t, text, failure&) { return true; }
  bool on_double(double, text, failure&) { return true; }
  bool on_bool(bool, failure&) { return true; }
  bool on_null(failure&) { return true; }

 private:
  bool begin() {
    open_.push_back(outline_->counts.size());
    outline_->counts.push_back(0);
    return true;
  }
  bool end(std::size_t count) {
    outline_->counts[open_.back()] = static_cast<std::uint32_t>(count);
    open_.pop_back();
    return true;
  }
  bool note_parts(std::size_t size) {
    outline_->longest_parts = std::max(outline_->longest_parts, size);
    return true;
  }

  json_outline* outline_;
  std::vector<std::size_t> open_;
};

/// Like boost::json::value_stack, but constructs values in place: nothing is stored twice, and
/// arrays have no spare capacity.
class json_builder {
  using text = boost::json::string_view;

 public:
  json_builder(json_outline of, boost::json::storage_ptr where)
      : counts_(std::move(of.counts)), root_(std::move(where)) {
    key_.reserve(of.longest_key);
    chars_.reserve(of.longest_parts);
  }

  void begin_array() {
    boost::json::value& made = add();
    made.emplace_array().reserve(take_count());
    open_.push_back(&made);
  }
  void begin_object() {
    boost::json::value& made = add();
    made.emplace_object().reserve(take_count());
    open_.push_back(&made);
  }
  void push_array(std::size_t) { open_.pop_back(); }
  void push_object(std::size_t) { open_.pop_back(); }
  void push_chars(text part) { chars_.append(part.data(), part.size()); }
  void push_key(text last) {
    key_.assign(chars_).append(last.data(), last.size());
    chars_.clear();
  }
  void push_string(text last) {
    boost::json::string& made = add().emplace_string();
    made.reserve(chars_.size() + last.size());
    made.append(chars_).append(last);
    chars_.clear();
  }
  void push_int64(std::int64_t number) { add().emplace_int64() = number; }
  void push_uint64(std::uint64_t number) { add().emplace_uint64() = number; }
  void push_double(double number) { add().emplace_double() = number; }
  void push_bool(bool flag) { add().emplace_bool() = flag; }
  void push_null() { add().emplace_null(); }

  boost::json::value release() { return std::move(root_); }

 private:
  /// The place for the next value. Values do not move, because there is room for all of them.
  boost::json::value& add() {
    if (open_.empty()) return root_;
    boost::json::value& in = *open_.back();
    if (in.is_array()) return in.get_array().emplace_back(nullptr);
    // Of two entries with the same name, the last one counts.
    return in.get_object()[key_];
  }

  std::size_t take_count() {
    const std::size_t count = counts_.front();
    counts_.pop_front();
    return count;
  }

  std::deque<std::uint32_t> counts_;
  std::vector<boost::json::value*> open_;
  std::string key_;
  std::string chars_;
  boost::json::value root_;
};

/// Collects the outline of the text, or sets the error.
inline json_outline read_outline(std::string_view text, std::size_t max_depth,
                                 boost::json::error_code& error) {
  json_outline outline;
  parse_json<json_counter>(text, max_depth, error, outline);
  return outline;
}

}  // namespace aldis::web::detail
