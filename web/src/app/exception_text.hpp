#pragma once

#include <aldis/web/fwd.hpp>

#include <exception>
#include <string>
#include <vector>

namespace aldis::web::detail {

/// The description of an exception.
struct exception_text {
  std::string type;  // such as `std::out_of_range`
  std::string text;  // empty if it has none
};

/// The exception, then those nested in it (std::throw_with_nested), the innermost last.
std::vector<exception_text> exception_chain(const std::exception_ptr& error);

/// How messages name a request: `GET /path`.
std::string request_line(const request& r);

}  // namespace aldis::web::detail
