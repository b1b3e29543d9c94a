#pragma once

#include <aldis/web/fwd.hpp>

#include <exception>

namespace aldis::web::detail {

/// The response to a request that ended with an unhandled exception, for developers: it shows the
/// exception and the request. Used with the setting DEBUG only.
response debug_page(const request& request, const std::exception_ptr& error);

}  // namespace aldis::web::detail
