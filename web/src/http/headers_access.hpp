#pragma once

#include <aldis/web/headers.hpp>

#include <span>
#include <string_view>

namespace aldis::web::detail {

/// Adds headers without checks: for a parser, which has checked them, and for constants.
struct headers_access {
  static void append_checked(headers& to, std::string_view name, std::string_view value) {
    to.append(name, value);
  }
  static void set_checked(headers& to, std::string_view name, std::string_view value) {
    to.replace(name, value);
  }
  /// The fields must lie in `text`.
  static void assign_checked(headers& to, std::string_view text,
                             std::span<const headers::field> fields) {
    to.assign(text, fields);
  }
};

}  // namespace aldis::web::detail
