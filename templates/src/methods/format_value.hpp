#pragma once

#include "python_operations.hpp"

#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// format(x, spec).
std::string format_value(const value& of, std::string_view spec, render_context& context);

/// repr(x) in ASCII.
std::string ascii_of(const value& of, render_context& context);
std::string repr_of(const value& of, render_context& context);

/// Python's owner[key]: fails where templates get an undefined value.
value item_or_fail(const value& owner, const value& key, render_context& context);

}  // namespace aldis::templates::detail
