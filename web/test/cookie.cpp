#include <aldis/web/cookie.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace web = aldis::web;
using namespace std::chrono_literals;

TEST_CASE("a cookie's attributes are in Werkzeug's order") {
  CHECK(web::set_cookie_value("id", "7") == "id=7; Path=/");
  const std::chrono::system_clock::time_point when(std::chrono::seconds(1445412480));
  CHECK(web::set_cookie_value("id", "7",
                              {.max_age = 60s,
                               .expires = when,
                               .path = "/shop",
                               .domain = "example.org",
                               .secure = true,
                               .http_only = true,
                               .same_site = web::same_site::lax}) ==
        "id=7; Domain=example.org; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Max-Age=60; Secure; "
        "HttpOnly; Path=/shop; SameSite=Lax");
}

TEST_CASE("a value may be any text, name and attributes may not") {
  CHECK(web::set_cookie_value("id", "a b;c\"d") == "id=\"a b\\073c\\\"d\"; Path=/");
  CHECK_THROWS_AS(web::set_cookie_value("a b", "x"), std::invalid_argument);
  CHECK_THROWS_AS(web::set_cookie_value("", "x"), std::invalid_argument);
  CHECK_THROWS_AS(web::set_cookie_value("id", "x", {.path = "/;Secure"}), std::invalid_argument);
  CHECK_THROWS_AS(web::set_cookie_value("id", "x", {.domain = "a\r\nb"}), std::invalid_argument);
}

TEST_CASE("the three date formats of HTTP are one time") {
  const std::chrono::system_clock::time_point when(std::chrono::seconds(1445412480));
  CHECK(web::http_date(when) == "Wed, 21 Oct 2015 07:28:00 GMT");
  for (const char* const text : {"Wed, 21 Oct 2015 07:28:00 GMT",
                                 "Wednesday, 21-Oct-15 07:28:00 GMT", "Wed Oct 21 07:28:00 2015"}) {
    CAPTURE(text);
    CHECK(web::from_http_date(text) == when);
  }
  for (const char* const text : {"", "21 Oct 2015", "Wed, 32 Oct 2015 07:28:00 GMT",
                                 "Wed, 21 Oct 2015 25:28:00 GMT", "yesterday"}) {
    CAPTURE(text);
    CHECK_FALSE(web::from_http_date(text));
  }
}
