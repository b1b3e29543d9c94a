#pragma once

#include <aldis/export.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// As `127.0.0.1 - - [25/Nov/2026 03:28:11] "GET / HTTP/1.1" 200 -`, in local time: the line that
/// Flask's users know. A client cannot forge one: quotes and what is not ASCII are escaped.
ALDIS_API std::string access_line(
    std::string_view client, std::string_view request_line, int status,
    std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

}  // namespace aldis::web::detail
