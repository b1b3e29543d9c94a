#pragma once

// JSON by Boost.JSON: handlers may return it, and requests are read as it.

#include <aldis/export.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/response_conversion.hpp>
#include <aldis/web/test_client.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::web {

/// The JSON in the body of a request.
///
/// Exceptions: http_error 415 if its Content-Type is another, 400 if it is malformed, or nested
/// deeper than 32 levels, 413 if it needs more memory than six times its text and 64 MiB, or than
/// the setting MAX_JSON_MEMORY says.
/// Lifetime: the parts of a text of more than a MiB lie in memory of their own, which goes when
/// they and all their copies have gone; `boost::json::value(part, {})` copies one into ordinary
/// memory. Cost: a value takes 24 bytes, an entry of an object 40, beside their text.
ALDIS_API boost::json::value get_json(const request& from);
/// The same of an answer to a test client. Exceptions: std::invalid_argument.
ALDIS_API boost::json::value get_json(const client_response& from);

/// JSON as Flask writes it: keys sorted, ASCII, compact, a line end. Bytes that are no UTF-8 are
/// U+FFFD.
///
/// Exceptions: templates::error if it is nested deeper than 200 levels.
ALDIS_API std::string dumps(const boost::json::value& from);

/// An answer of JSON. A handler may as well return the value itself.
ALDIS_API response jsonify(const boost::json::value& from, int status = 200);

template <class T>
requires(std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
         std::same_as<T, boost::json::array>) struct response_conversion<T> {
  static void convert(T from, response& into) {
    into.set_body(dumps(std::move(from)));
    into.headers().set("Content-Type", "application/json");
  }
};

}  // namespace aldis::web
