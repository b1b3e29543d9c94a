#pragma once

// Arguments found by the names that Python's functions give them.

#include <aldis/templates/arguments.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace aldis::templates::detail {

/// `already_bound` parameters stand before those of `parameters` in what messages count: Jinja's
/// environment.
///
/// Not named bind: std::bind takes anything, and would be found beside it.
///
/// Fails as Python does: `f() missing 1 required positional argument: 'n'`, `f() takes 1 positional
/// argument but 2 were given`, `f() got an unexpected keyword argument 'x'`, ...
void bind_arguments(const arguments& given, std::string_view function,
                    std::span<const std::string_view> parameters, std::size_t required,
                    const value** bound, std::size_t already_bound = 0);

/// Each parameter's argument, null where there is none.
///
///     const auto [text, width] = bind_arguments<2>(given, "do_center", {"value", "width"}, 1);
template <std::size_t N>
std::array<const value*, N> bind_arguments(const arguments& given, std::string_view function,
                                           const std::string_view (&parameters)[N],
                                           std::size_t required, std::size_t already_bound = 0) {
  const value* bound[N]{};
  bind_arguments(given, function, parameters, required, bound, already_bound);
  return std::to_array(bound);
}

/// The argument of a function that has one and takes no keywords, as Python's len.
const value& only_argument(const arguments& given, std::string_view function);

}  // namespace aldis::templates::detail
