#pragma once

// JSON by Boost.JSON, for requests and responses.

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

/// Parses the JSON in the body of a request.
///
/// Exceptions: http_error 415 if the Content-Type is not JSON; 400 if it is malformed, or nested
/// deeper than 32 levels; 413 if it needs more memory than the setting MAX_JSON_MEMORY allows, by
/// default six times the size of the text and 64 MiB.
/// Lifetime: the values of a text of more than a MiB share a separate block of memory, which is
/// freed when all of them and their copies are destroyed. `boost::json::value(part, {})` copies a
/// value into ordinary memory.
/// Cost: a value takes 24 bytes, an entry of an object 40, in addition to their text.
ALDIS_API boost::json::value get_json(const request& from);
/// Parses the JSON in a response to a test client.
///
/// Exceptions: std::invalid_argument if it is not JSON.
ALDIS_API boost::json::value get_json(const client_response& from);

/// JSON text as Flask writes it: sorted keys, ASCII, compact, with a line end. Bytes that are not
/// UTF-8 become U+FFFD.
///
/// Exceptions: templates::error if it is nested deeper than 200 levels.
ALDIS_API std::string dumps(const boost::json::value& from);

/// A JSON response. A handler can also return the value itself.
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
