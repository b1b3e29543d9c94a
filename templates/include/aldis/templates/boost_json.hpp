#pragma once

// Converts values of Boost.JSON to values of templates and back. The only header of templates that
// needs Boost, 1.75 or later.

#include <aldis/templates/convert.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/value.hpp>

#include <boost/json/value.hpp>

#include <cmath>
#include <cstddef>
#include <string_view>
#include <utility>

namespace aldis::templates {

namespace detail {

/// A template cannot traverse deeper values anyway.
constexpr std::size_t max_json_depth = 200;

inline value from_json(const boost::json::value& from, std::size_t depth) {
  if (depth > max_json_depth) fail(error_kind::recursion, "the JSON is nested too deep");
  switch (from.kind()) {
    case boost::json::kind::null:
      return {};
    case boost::json::kind::bool_:
      return from.get_bool();
    case boost::json::kind::int64:
      return from.get_int64();
    case boost::json::kind::uint64:
      return from.get_uint64();
    case boost::json::kind::double_:
      return from.get_double();
    case boost::json::kind::string: {
      const boost::json::string& text = from.get_string();
      return std::string_view(text.data(), text.size());
    }
    case boost::json::kind::array: {
      list items;
      items.reserve(from.get_array().size());
      for (const boost::json::value& item : from.get_array()) {
        items.push_back(from_json(item, depth + 1));
      }
      return items;
    }
    case boost::json::kind::object: {
      dict entries;
      for (const auto& entry : from.get_object()) {
        entries[std::string_view(entry.key().data(), entry.key().size())] =
            from_json(entry.value(), depth + 1);
      }
      return entries;
    }
  }
  return {};
}

inline boost::json::value to_json(const value& from, std::size_t depth) {
  if (depth > max_json_depth) {
    throw conversion_failure("JSON that is not nested too deep", from);
  }
  // Lists that contain each other twice expand to more items than fit into memory.
  count_work(1);
  switch (from.kind()) {
    case value_kind::none:
      return nullptr;
    case value_kind::boolean:
      return from.as_boolean();
    case value_kind::integer:
      return from.as_integer();
    case value_kind::floating:
      if (!std::isfinite(from.as_floating())) {
        throw conversion_failure("JSON, which has neither NaN nor infinity", from);
      }
      return from.as_floating();
    case value_kind::text:
    case value_kind::markup: {
      const std::string_view text = from.as_text();
      count_work(text.size() / 1024);
      return boost::json::string(text.data(), text.size());
    }
    case value_kind::list:
    case value_kind::tuple: {
      boost::json::array items;
      items.reserve(from.as_items().size());
      for (const value& item : from.as_items()) items.push_back(to_json(item, depth + 1));
      return items;
    }
    case value_kind::dict: {
      boost::json::object entries;
      for (const dict::entry& each : from.as_dict()) {
        if (!each.key.is_text()) {
          throw conversion_failure("JSON, whose keys are str", each.key);
        }
        const std::string_view key = each.key.as_text();
        entries[boost::json::string_view(key.data(), key.size())] = to_json(each.mapped, depth + 1);
      }
      return entries;
    }
    case value_kind::undefined:
    case value_kind::object:
      break;
  }
  throw conversion_failure("JSON", from);
}

}  // namespace detail

/// JSON's null, booleans, numbers, strings, arrays and objects become none, bool, int or float,
/// str, list and dict.
///
/// In the other direction tuples become arrays, and Markup becomes a string. Values that JSON
/// cannot express throw conversion_failure, an `error`: undefined values, functions and other
/// objects, NaN and infinity, keys that are not text.
template <>
struct conversion<boost::json::value> {
  static value to_value(const boost::json::value& from) { return detail::from_json(from, 0); }
  static boost::json::value from_value(const value& from) { return detail::to_json(from, 0); }
};
template <>
struct conversion<boost::json::object> {
  static value to_value(const boost::json::object& from) {
    return detail::from_json(boost::json::value(from), 0);
  }
  static boost::json::object from_value(const value& from) {
    if (!from.is(value_kind::dict)) throw conversion_failure("dict", from);
    return std::move(detail::to_json(from, 0).as_object());
  }
};
template <>
struct conversion<boost::json::array> {
  static value to_value(const boost::json::array& from) {
    return detail::from_json(boost::json::value(from), 0);
  }
  static boost::json::array from_value(const value& from) {
    if (!from.is(value_kind::list) && !from.is(value_kind::tuple)) {
      throw conversion_failure("list", from);
    }
    return std::move(detail::to_json(from, 0).as_array());
  }
};

}  // namespace aldis::templates
