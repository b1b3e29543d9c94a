#pragma once

#include <aldis/templates/object.hpp>
#include <aldis/templates/value.hpp>

#include <string_view>

namespace aldis::templates::detail {

/// A method bound to its object.
using method_function = value (*)(const value& self, const arguments& args);

/// `name` is a string literal.
value bind_method(const value& self, std::string_view name, method_function function);

}  // namespace aldis::templates::detail
