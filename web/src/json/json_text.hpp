#pragma once

#include <aldis/web/value.hpp>

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The depth of nested lists and objects.
constexpr std::size_t max_json_depth = 200;

/// JSON text as Flask writes it: compact, sorted keys, ASCII. Bytes that are not UTF-8 become
/// U+FFFD.
///
/// Exceptions: std::invalid_argument, which names a value that JSON cannot hold.
std::string to_json(const value& from);
/// The same for values of Boost.JSON, without copying them. The string has capacity for one more
/// character.
///
/// Exceptions: templates::error if it is nested too deep.
std::string to_json(const boost::json::value& from);

/// Parses JSON text; nothing if it is malformed. NaN and Infinity are accepted, as by Python.
std::optional<value> from_json(std::string_view text);

}  // namespace aldis::web::detail
