#pragma once

#include <aldis/export.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// A line of the access log, in the format and local time that Flask uses:
/// `127.0.0.1 - - [25/Nov/2026 03:28:11] "GET / HTTP/1.1" 200 -`. Quotes and characters outside of
/// ASCII are escaped, so that a client cannot forge a line.
ALDIS_API std::string access_line(
    std::string_view client, std::string_view request_line, int status,
    std::chrono::system_clock::time_point when = std::chrono::system_clock::now());

}  // namespace aldis::web::detail
