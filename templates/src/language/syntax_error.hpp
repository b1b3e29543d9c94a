#pragma once

#include <aldis/templates/error.hpp>

#include "token.hpp"

#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// Line and column of a place, for people.
error_location location_in(std::string_view source, const position& at, std::string_view name);

/// What lexer and parser throw; whoever compiles adds the template's name and source.
struct source_error {
  error_kind kind;
  std::string message;
  position at;
};

}  // namespace aldis::templates::detail
