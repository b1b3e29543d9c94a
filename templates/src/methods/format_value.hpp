#pragma once

#include "python_operations.hpp"

#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// format(x, spec).
std::string format_value(const value& of, std::string_view spec, evaluation& within);

/// repr(x) in ASCII.
std::string ascii_of(const value& of, evaluation& within);
std::string repr_of(const value& of, evaluation& within);

/// owner[key] as Python has it, which fails where templates get an undefined value.
value item_or_fail(const value& owner, const value& key, evaluation& within);

}  // namespace aldis::templates::detail
