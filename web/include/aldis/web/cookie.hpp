#pragma once

#include <aldis/export.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web {

enum class same_site { unset, strict, lax, none };

struct cookie_options {
  std::optional<std::chrono::seconds> max_age = {};
  std::optional<std::chrono::system_clock::time_point> expires = {};
  std::string path = "/";
  std::string domain = {};
  bool secure = false;
  bool http_only = false;
  web::same_site same_site = web::same_site::unset;
  bool partitioned = false;

  bool operator==(const cookie_options&) const = default;
};

/// The value of a Set-Cookie header. Attributes are in Werkzeug's order.
///
/// The value may be any text: it is quoted and escaped where necessary.
///
/// Exceptions: std::invalid_argument if the name is not a token, or if path or domain contain `;`,
/// control characters or characters outside of ASCII.
ALDIS_API std::string set_cookie_value(std::string_view name, std::string_view value,
                                       const cookie_options& options = {});

/// The time in the format of HTTP: `Wed, 21 Oct 2015 07:28:00 GMT`.
ALDIS_API std::string http_date(std::chrono::system_clock::time_point when);
/// Parses this format and the two obsolete ones, `Wednesday, 21-Oct-15 07:28:00 GMT` and
/// `Wed Oct 21 07:28:00 2015`. Nothing if the text is not such a date.
ALDIS_API std::optional<std::chrono::system_clock::time_point> from_http_date(
    std::string_view text) noexcept;

}  // namespace aldis::web
