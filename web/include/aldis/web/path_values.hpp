#pragma once

#include <aldis/web/uuid.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace aldis::web {

/// What a converter made of a piece of a path: `int`, `float`, text (`string`, `path`, `any`) or
/// `uuid`.
using path_value = std::variant<std::int64_t, double, std::string, uuid>;

/// A variable of a rule, or one of its defaults, and its value.
struct path_variable {
  std::string name;
  path_value value;

  friend bool operator==(const path_variable&, const path_variable&) = default;
};

/// In the order of the rule, defaults last: Flask's view_args.
using path_variables = std::vector<path_variable>;

}  // namespace aldis::web
