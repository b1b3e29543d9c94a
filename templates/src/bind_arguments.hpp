#pragma once

// Assigns arguments to parameters, with the names and messages of Python's functions.

#include <aldis/templates/arguments.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace aldis::templates::detail {

/// `already_bound` is the number of parameters before those of `parameters` that messages count,
/// such as Jinja's environment.
///
/// Not named bind, because argument-dependent lookup would also find std::bind.
///
/// Fails as Python does: `f() missing 1 required positional argument: 'n'`, `f() takes 1 positional
/// argument but 2 were given`, `f() got an unexpected keyword argument 'x'`, ...
void bind_arguments(const arguments& args, std::string_view function,
                    std::span<const std::string_view> parameters, std::size_t required,
                    const value** bound, std::size_t already_bound = 0);

/// The argument for each parameter, null for missing ones.
///
///     const auto [text, width] = bind_arguments<2>(args, "do_center", {"value", "width"}, 1);
template <std::size_t N>
std::array<const value*, N> bind_arguments(const arguments& args, std::string_view function,
                                           const std::string_view (&parameters)[N],
                                           std::size_t required, std::size_t already_bound = 0) {
  const value* bound[N]{};
  bind_arguments(args, function, parameters, required, bound, already_bound);
  return std::to_array(bound);
}

/// The argument of a function with one parameter and no keywords, such as Python's len.
const value& only_argument(const arguments& args, std::string_view function);

}  // namespace aldis::templates::detail
