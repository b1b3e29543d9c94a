#pragma once

#include <aldis/web/value.hpp>

#include <boost/json/fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// Lists and objects in one another.
constexpr std::size_t deepest_json = 200;

/// JSON as Flask writes it: compact, keys sorted, ASCII; bytes that are no UTF-8 are U+FFFD.
/// Exceptions: std::invalid_argument, which names what JSON cannot hold.
std::string to_json(const value& from);
/// The same of Boost's values, without a copy of them; with room for one character more.
/// Exceptions: templates::error if it is nested too deep.
std::string to_json(const boost::json::value& from);

/// Nothing if it is not JSON. NaN and Infinity are read as Python reads them.
std::optional<value> from_json(std::string_view text);

}  // namespace aldis::web::detail
