#pragma once

#include <aldis/export.hpp>
#include <aldis/web/multi_dict.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The value of a cookie without the quotes and escapes of set_cookie_value.
std::string unquote_cookie(std::string_view value);

/// Adds the cookies of a Cookie header.
void parse_cookies(std::string_view header, multi_dict& into);

/// The time at this many seconds since 1970, or the nearest one that std::chrono::system_clock can
/// represent.
ALDIS_API std::chrono::system_clock::time_point time_at(std::int64_t seconds) noexcept;

/// Like from_http_date(), but for another current time, on which two-digit years (RFC 850) depend.
ALDIS_API std::optional<std::chrono::system_clock::time_point> from_http_date_at(
    std::string_view text, std::chrono::system_clock::time_point now) noexcept;

}  // namespace aldis::web::detail
