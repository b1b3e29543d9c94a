#pragma once

#include <boost/json/array.hpp>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace aldis::web::detail {

/// The common members of handlers for Boost's parser.
struct json_handler_base {
  using text = boost::json::string_view;
  using failure = boost::json::error_code;

  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = max_key_size;

  bool on_document_begin(failure&) { return true; }
  bool on_document_end(failure&) { return true; }
  bool on_comment_part(text, failure&) { return true; }
  bool on_comment(text, failure&) { return true; }
};

/// Passes the values from Boost's parser to a stack that has the members of
/// boost::json::value_stack, and optionally `begin_array` and `begin_object`.
///
/// It parses fractions itself: version 1.81 of the parser may return the neighbour of the nearest
/// double.
template <class Stack>
class json_handler : public json_handler_base {
 public:
  json_handler(Stack& onto, std::string_view not_a_number)
      : stack_(&onto), not_a_number_(not_a_number) {}

  bool on_object_begin(failure&) {
    if constexpr (requires { stack_->begin_object(); }) stack_->begin_object();
    return true;
  }
  bool on_object_end(std::size_t count, failure&) {
    stack_->push_object(count);
    return true;
  }
  bool on_array_begin(failure&) {
    if constexpr (requires { stack_->begin_array(); }) stack_->begin_array();
    return true;
  }
  bool on_array_end(std::size_t count, failure&) {
    stack_->push_array(count);
    return true;
  }
  bool on_key_part(text part, std::size_t, failure&) {
    stack_->push_chars(part);
    return true;
  }
  bool on_key(text last, std::size_t, failure&) {
    stack_->push_key(last);
    return true;
  }
  bool on_string_part(text part, std::size_t, failure&) {
    stack_->push_chars(part);
    return true;
  }
  bool on_string(text last, std::size_t, failure&) {
    stack_->push_string(last);
    return true;
  }
  bool on_number_part(text part, failure&) {
    digits_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t number, text, failure&) {
    digits_.clear();
    stack_->push_int64(number);
    return true;
  }
  bool on_uint64(std::uint64_t number, text, failure&) {
    digits_.clear();
    stack_->push_uint64(number);
    return true;
  }
  bool on_double(double approximate, text last, failure&) {
    digits_.append(last.data(), last.size());
    stack_->push_double(exact(approximate));
    digits_.clear();
    return true;
  }
  bool on_bool(bool flag, failure&) {
    stack_->push_bool(flag);
    return true;
  }
  bool on_null(failure&) {
    stack_->push_null();
    return true;
  }

 private:
  double exact(double approximate) const {
    if (digits_ == not_a_number_) return std::numeric_limits<double>::quiet_NaN();
    double number = approximate;
    const auto read = std::from_chars(digits_.data(), digits_.data() + digits_.size(), number);
    // Out of range: the parser's infinity or zero is right.
    return read.ec == std::errc() ? number : approximate;
  }

  Stack* stack_;
  std::string_view not_a_number_;
  std::string digits_;
};

/// Parses the whole text with a handler constructed from `args`, or sets the error.
template <class Handler, class... Args>
void parse_json(std::string_view text, std::size_t max_depth, boost::json::error_code& error,
                Args&&... args) {
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::basic_parser<Handler> parser(options, std::forward<Args>(args)...);
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (!error && read != text.size()) error = boost::json::error::extra_data;
}

/// Parses the whole text onto the stack, or sets the error. A number that is spelled `not_a_number`
/// becomes NaN.
template <class Stack>
void read_json(std::string_view text, Stack& onto, std::size_t max_depth,
               boost::json::error_code& error, std::string_view not_a_number = {}) {
  parse_json<json_handler<Stack>>(text, max_depth, error, onto, not_a_number);
}

}  // namespace aldis::web::detail
