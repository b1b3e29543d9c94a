#include "server/access_log.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdlib>
#include <ctime>

using aldis::web::detail::access_line;

TEST_CASE("a line of the access log looks as Flask's") {
  setenv("TZ", "UTC", 1);
  tzset();
  const std::chrono::system_clock::time_point when{std::chrono::seconds(1764041291)};

  CHECK(access_line("127.0.0.1", "GET /a?b HTTP/1.1", 200, when) ==
        R"(127.0.0.1 - - [25/Nov/2025 03:28:11] "GET /a?b HTTP/1.1" 200 -)");
  CHECK(access_line("::1", "", 400, when) == R"(::1 - - [25/Nov/2025 03:28:11] "-" 400 -)");
}

TEST_CASE("nobody can forge a line of the access log, or send escapes to the terminal") {
  setenv("TZ", "UTC", 1);
  tzset();

  CHECK(access_line("a", "GET /\"\\\n\x1b\x7f\xc3\xa9 HTTP/1.1", 200, {}) ==
        R"(a - - [01/Jan/1970 00:00:00] "GET /\"\\\x0a\x1b\x7f\xc3\xa9 HTTP/1.1" 200 -)");
}
