#pragma once

#include <aldis/export.hpp>
#include <aldis/templates/convert.hpp>
#include <aldis/templates/value.hpp>
#include <aldis/web/uuid.hpp>

#include <chrono>
#include <string>

namespace aldis::web {

// Settings and sessions hold the same values as templates.
using templates::dict;
using templates::list;
using templates::tuple;
using templates::value;

/// Binary data: Python's bytes.
struct bytes {
  std::string data;

  friend bool operator==(const bytes&, const bytes&) = default;
};

/// Python's datetime in UTC, with a resolution of seconds.
using date_time = std::chrono::sys_seconds;

}  // namespace aldis::web

namespace aldis::templates {

template <>
struct ALDIS_API conversion<web::bytes> {
  static value to_value(web::bytes from);
  static web::bytes from_value(const value& from);
};

template <>
struct ALDIS_API conversion<web::uuid> {
  static value to_value(const web::uuid& from);
  static web::uuid from_value(const value& from);
};

template <>
struct ALDIS_API conversion<web::date_time> {
  static value to_value(web::date_time from);
  static web::date_time from_value(const value& from);
};

}  // namespace aldis::templates
