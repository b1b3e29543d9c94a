#pragma once

#include <aldis/web/uuid.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aldis::web {

/// The value of a variable in a path, by its converter: `int`, `float`, text (`string`, `path`,
/// `any`) or `uuid`.
using path_value = std::variant<std::int64_t, double, std::string, uuid>;

/// A variable or a default of a rule, with its value.
struct path_variable {
  std::string name;
  path_value value;

  friend bool operator==(const path_variable&, const path_variable&) = default;
};

/// Flask's view_args: variables in the order of the rule, then defaults.
using path_variables = std::vector<path_variable>;

}  // namespace aldis::web
