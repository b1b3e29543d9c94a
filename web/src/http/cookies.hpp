#pragma once

#include <aldis/export.hpp>
#include <aldis/web/multi_dict.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The value of a cookie without the quotes that set_cookie_value gave it.
std::string unquote_cookie(std::string_view value);

/// Adds what a Cookie header holds.
void parse_cookies(std::string_view header, multi_dict& into);

/// That many seconds after 1970, or the nearest time that http_date() writes and from_http_date()
/// reads: the clock of the system has no others.
ALDIS_API std::chrono::system_clock::time_point time_at(std::int64_t seconds) noexcept;

/// The same as from_http_date() at another time: the years of RFC 850 have two digits.
ALDIS_API std::optional<std::chrono::system_clock::time_point> from_http_date_at(
    std::string_view text, std::chrono::system_clock::time_point now) noexcept;

}  // namespace aldis::web::detail
