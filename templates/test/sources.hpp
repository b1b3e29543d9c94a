#pragma once

// Templates as strings, and their results.

#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

inline std::string repeated(std::string_view what, std::size_t times) {
  std::string result;
  for (std::size_t i = 0; i < times; ++i) result += what;
  return result;
}

/// The output, or the type and message of the error.
inline std::string rendered(const aldis::templates::environment& env, std::string_view source,
                            const aldis::templates::dict& variables = {}) {
  try {
    return env.from_string(source).render(variables);
  } catch (const aldis::templates::error& failure) {
    return std::string(failure.type_name()) + ": " + failure.message();
  }
}
