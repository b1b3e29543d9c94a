#pragma once

// Values of Boost.JSON in templates. Needs Boost 1.75 or later; no other header of templates does.

#include <aldis/templates/convert.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/value.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace aldis::templates {

namespace detail {

/// Deeper than this a template could not walk through it anyway.
constexpr std::size_t deepest_json = 200;

inline value from_json(const boost::json::value& from, std::size_t depth) {
  if (depth > deepest_json) fail(error_kind::recursion, "the JSON is nested too deep");
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

}  // namespace detail

/// null, numbers, text, arrays and objects are none, numbers, text, lists and dicts.
template <>
struct conversion<boost::json::value> {
  static value to_value(const boost::json::value& from) { return detail::from_json(from, 0); }
};
template <>
struct conversion<boost::json::object> {
  static value to_value(const boost::json::object& from) {
    return detail::from_json(boost::json::value(from), 0);
  }
};
template <>
struct conversion<boost::json::array> {
  static value to_value(const boost::json::array& from) {
    return detail::from_json(boost::json::value(from), 0);
  }
};

}  // namespace aldis::templates
