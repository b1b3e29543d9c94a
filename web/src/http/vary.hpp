#pragma once

#include <aldis/web/response.hpp>

#include <string_view>

namespace aldis::web::detail {

/// Adds a name to the Vary header, unless it contains the name.
void add_vary(response& to, std::string_view name);

}  // namespace aldis::web::detail
