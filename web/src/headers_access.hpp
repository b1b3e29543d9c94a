#pragma once

#include <aldis/web/headers.hpp>

namespace aldis::web::detail {

/// For a parser, which has looked at every character already.
struct headers_access {
  static void append_checked(headers& to, std::string_view name, std::string_view value) {
    to.append(name, value);
  }
};

}  // namespace aldis::web::detail
