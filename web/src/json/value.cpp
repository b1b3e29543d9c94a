#include <aldis/web/cookie.hpp>

#include "json/value_objects.hpp"

namespace aldis::templates {

namespace {

template <class Object>
const Object& required(const value& from, std::string_view expected) {
  if (const auto* const found = from.as<Object>()) return *found;
  throw conversion_failure(expected, from);
}

}  // namespace

value conversion<web::bytes>::to_value(web::bytes from) {
  return value(detail::reference(new web::detail::bytes_object(std::move(from))));
}
web::bytes conversion<web::bytes>::from_value(const value& from) {
  return required<web::detail::bytes_object>(from, "bytes").held;
}

value conversion<web::uuid>::to_value(const web::uuid& from) {
  return value(detail::reference(new web::detail::uuid_object(from)));
}
web::uuid conversion<web::uuid>::from_value(const value& from) {
  return required<web::detail::uuid_object>(from, "UUID").held;
}

value conversion<web::date_time>::to_value(web::date_time from) {
  return value(detail::reference(new web::detail::date_time_object(from)));
}
web::date_time conversion<web::date_time>::from_value(const value& from) {
  return required<web::detail::date_time_object>(from, "datetime").held;
}

}  // namespace aldis::templates

namespace aldis::web::detail {

void append_shown(std::string& to, const bytes& one) { to += one.data; }
void append_shown(std::string& to, const uuid& one) { to += one.text(); }
void append_shown(std::string& to, const date_time& one) {
  // As Python shows a datetime with a time zone: 2023-11-14 22:13:20+00:00.
  const auto day = std::chrono::floor<std::chrono::days>(one);
  const std::chrono::year_month_day date(day);
  const auto seconds = static_cast<unsigned>((one - day).count());
  const auto add = [&](unsigned number, char after) {
    to += {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10), after};
  };
  std::string year = std::to_string(static_cast<int>(date.year()));
  if (year.size() < 4) year.insert(0, 4 - year.size(), '0');
  to += year + "-";
  add(static_cast<unsigned>(date.month()), '-');
  add(static_cast<unsigned>(date.day()), ' ');
  add(seconds / 3600, ':');
  add(seconds / 60 % 60, ':');
  add(seconds % 60, '+');
  to += "00:00";
}

}  // namespace aldis::web::detail
