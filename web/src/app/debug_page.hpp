#pragma once

#include <aldis/web/fwd.hpp>

#include <exception>

namespace aldis::web::detail {

/// The answer to a request whose exception nobody took, for who develops the app: what was thrown,
/// and what was asked for. Only with the setting DEBUG.
response debug_page(const request& asked, const std::exception_ptr& error);

}  // namespace aldis::web::detail
