#pragma once

#include <aldis/templates/error.hpp>

#include "token.hpp"

#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// The line and column of a position, for error messages.
error_location location_in(std::string_view source, const position& at, std::string_view name);

/// Thrown by the lexer, parser and resolver; compile() adds the template's name and source line.
struct source_error {
  error_kind kind;
  std::string message;
  position at;
};

}  // namespace aldis::templates::detail
