#pragma once

#include <aldis/web/response.hpp>

#include <string_view>

namespace aldis::web::detail {

/// Adds to the header Vary, unless it is there.
void add_vary(response& one, std::string_view name);

}  // namespace aldis::web::detail
