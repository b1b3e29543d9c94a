#include <aldis/web.hpp>
#include <aldis/web/response.hpp>

#include "http/cookies.hpp"
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace web = aldis::web;
using namespace std::string_literals;

TEST_CASE("headers keep their order, and are compared without case") {
  web::headers h{{"Content-Type", "text/plain"}, {"X-One", "1"}, {"x-one", "2"}};

  CHECK(h["content-type"] == "text/plain");
  CHECK(h.get_all("X-ONE") == std::vector<std::string_view>{"1", "2"});
  h.set("X-ONE", "3");
  CHECK(h == web::headers{{"Content-Type", "text/plain"}, {"X-ONE", "3"}});
  h.set("X-Copy", h["Content-Type"]);
  CHECK(h["X-Copy"] == "text/plain");
  CHECK(h.remove("x-copy") == 1);
  CHECK(h["none"].empty());
  CHECK(!h.find("none"));
}

TEST_CASE("setting a header repeatedly does not increase memory") {
  web::headers h;
  for (int i = 0; i < 10'000; ++i) {
    h.set("A", std::to_string(i));
    h.set("B", h["A"]);
  }
  CHECK(h == web::headers{{"A", "9999"}, {"B", "9999"}});
}

TEST_CASE("members of a temporary return copies") {
  const auto made = [] { return web::headers{{"Name", std::string(100, 'x')}}; };
  const auto asked = [] { return web::multi_dict{{"name", std::string(100, 'y')}}; };

  const auto header = made()["name"];
  const auto found = made().find("name");
  const auto all = made().get_all("name");
  const auto& field = asked()["name"];
  const auto found_field = asked().find("name");
  const auto all_fields = asked().get_all("name");
  CHECK(header == std::string(100, 'x'));
  CHECK(found == std::string(100, 'x'));
  CHECK(all == std::vector{std::string(100, 'x')});
  CHECK(field == std::string(100, 'y'));
  CHECK(found_field == std::string(100, 'y'));
  CHECK(all_fields == std::vector{std::string(100, 'y')});
}

TEST_CASE("clear() keeps the memory of a response of usual size") {
  web::response r(std::string(10'000'000, 'x'));
  r.clear();
  CHECK(r.body().capacity() < 100'000);
  r.set_body(std::string(10'000, 'x'));
  r.clear();
  CHECK(r.body().capacity() >= 10'000);
}

TEST_CASE("a status below 200 is rejected") {
  web::response r;
  CHECK_THROWS_WITH_AS(r.set_status(100), doctest::Contains("200 to 999, not 100"),
                       std::invalid_argument);
  web::app app;
  app.get("/", [] { return std::pair("", 103); });
  CHECK(web::test_client(app).get("/").status == 500);
}

TEST_CASE("line ends and control characters never get into a header") {
  web::headers h;
  for (const std::string& bad : {"a\r\nX: y"s, "a\nb"s, "a\rb"s, "a\0b"s, "\x7f"s}) {
    CHECK_THROWS_AS(h.add("X", bad), std::invalid_argument);
    CHECK_THROWS_AS(h.set("X", bad), std::invalid_argument);
  }
  for (const std::string& bad : {""s, "a b"s, "a:"s, "a\r\n"s, "\u00e9"s}) {
    CHECK_THROWS_AS(h.add(bad, "x"), std::invalid_argument);
  }
  CHECK(h.empty());
  CHECK_THROWS_WITH(h.set("X", "a\nb"),
                    "aldis: the value 'a\\x0ab' of header X has a line end or another control "
                    "character");
  web::response r;
  CHECK_THROWS_AS(r.set_cookie("a\r\n", "x"), std::invalid_argument);
  CHECK_THROWS_AS(r.set_cookie("a", "x", {.path = "/\r\nX: y"}), std::invalid_argument);
  CHECK_THROWS_AS(r.set_status("200 OK\r\nX: y"), std::invalid_argument);
  r.set_cookie("a", "x\r\ny");
  CHECK(r.headers()["Set-Cookie"] == "a=\"x\\015\\012y\"; Path=/");
  CHECK(web::redirect("/a\r\nX: y").headers()["Location"] == "/a%0D%0AX:%20y");
}

TEST_CASE("handlers return text, responses, pairs, tuples, optionals and streams") {
  web::app app;
  app.route("/view", [] { return std::string_view("view"); });
  app.route("/status", [] { return std::pair("made"s, 201); });
  app.route("/headers", [] { return std::pair("x"s, web::headers{{"X-A", "1"}}); });
  app.route("/all", [] {
    return std::tuple("<x/>"s, 202, web::headers{{"Content-Type", "application/xml"}});
  });
  app.route("/response", []() -> web::response {
    return {"r", 203, {{"X-A", "1"}, {"X-A", "2"}}};
  });
  app.route("/weird", [] {
    web::response r("w");
    r.set_status("499 Weird");
    return r;
  });
  app.route("/range", [] { return web::stream(std::vector<std::string>{"a", "b", "c"}); });
  app.route("/empty", []() -> web::response { return {"", 204}; });
  app.route("/request/<int:n>/<x>", [](int n, web::request& r, web::app& a, std::string x) {
    return std::to_string(n) + x + std::string(r.method()) + a.name();
  });
  web::test_client client(app);

  CHECK(client.get("/view").headers["Content-Type"] == "text/html; charset=utf-8");
  CHECK(client.get("/view").headers["Content-Length"] == "4");
  CHECK(client.get("/status").status == 201);
  CHECK(client.get("/headers").headers["X-A"] == "1");
  CHECK(client.get("/all").status == 202);
  CHECK(client.get("/all").headers.get_all("Content-Type") ==
        std::vector<std::string>{"application/xml"});
  CHECK(client.get("/response").headers.get_all("X-A").size() == 2);
  CHECK(client.get("/weird").status == 499);
  CHECK(client.get("/weird").reason == "Weird");
  CHECK(client.get("/range").body == "abc");
  CHECK(!client.get("/empty").headers.contains("Content-Length"));
  CHECK(client.get("/request/7/x").body == "7xGETapp");
}

TEST_CASE("a number out of range for the handler's parameter is a 404") {
  web::app app;
  app.route("/<int:n>", [](unsigned char n) { return std::to_string(n); });
  web::test_client client(app);
  CHECK(client.get("/255").body == "255");
  CHECK(client.get("/256").status == 404);
}

TEST_CASE("cookies have their attributes in Werkzeug's order") {
  CHECK(web::set_cookie_value("a", "1") == "a=1; Path=/");
  CHECK(web::set_cookie_value("a", "x y;\"\u00e9", {.path = ""}) == "a=\"x y\\073\\\"\\303\\251\"");
  CHECK(web::set_cookie_value("a", "1",
                              {.max_age = std::chrono::seconds(60),
                               .expires = std::chrono::system_clock::time_point(),
                               .path = "/x",
                               .domain = "shop.example",
                               .secure = true,
                               .http_only = true,
                               .same_site = web::same_site::lax,
                               .partitioned = true}) ==
        "a=1; Domain=shop.example; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60; Secure; "
        "HttpOnly; Path=/x; SameSite=Lax; Partitioned");
}

TEST_CASE("dates are written and read in the format of HTTP") {
  const std::string text = "Wed, 21 Oct 2015 07:28:00 GMT";
  const auto when = web::from_http_date(text);
  REQUIRE(when.has_value());
  CHECK(web::http_date(*when) == text);
  for (const char* const bad : {"", "Wed, 21 Oct 2015 07:28:00", "Wed, 32 Oct 2015 07:28:00 GMT",
                                "Wed, 21 Okt 2015 07:28:00 GMT", "Wed, 21 Oct 2015 25:28:00 GMT",
                                "Wed, 21 Oct 4030 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:-0 GMT"}) {
    CHECK_MESSAGE(!web::from_http_date(bad), bad);
  }
}

TEST_CASE("the two older forms of dates are read as well") {
  const auto when = web::from_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  REQUIRE(when.has_value());
  CHECK(web::from_http_date("Sunday, 06-Nov-94 08:49:37 GMT") == when);
  CHECK(web::from_http_date("Sun Nov  6 08:49:37 1994") == when);
  CHECK(web::from_http_date("Sun Nov 16 08:49:37 1994") ==
        web::from_http_date("Sun, 16 Nov 1994 08:49:37 GMT"));
  for (const char* const bad :
       {"Sunday, 06-Nov-94 08:49:37", "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sonntag, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 6-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-94 08-49-37 GMT",
        "Sun Nov 6 08:49:37 1994", "Sun Nov  6 08:49:37 94", "Son Nov  6 08:49:37 1994",
        "Sun Nov    08:49:37 1994", "Sun Nov  6 08:49:37 1994 GMT", "Sun Nov 31 08:49:37 1994",
        "Sun Nov  6 08:49:37 19 4"}) {
    CHECK_MESSAGE(!web::from_http_date(bad), bad);
  }
}

TEST_CASE("times that the clock cannot represent become the nearest that it can") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(web::http_date(web::detail::time_at(784'111'777)) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(web::http_date(web::detail::time_at(most)) == "Tue, 31 Dec 2261 23:59:59 GMT");
  CHECK(web::http_date(web::detail::time_at(-most)) == "Sat, 01 Jan 1678 00:00:00 GMT");
}

TEST_CASE("a year of two digits is at most fifty years ahead") {
  const auto at = [](const char* now) { return web::from_http_date(now).value(); };
  const auto read = [](std::string_view text, std::chrono::system_clock::time_point now) {
    return web::http_date(web::detail::from_http_date_at(text, now).value());
  };
  const auto in_2026 = at("Fri, 27 Nov 2026 00:00:00 GMT");

  CHECK(read("Sunday, 06-Nov-94 08:49:37 GMT", in_2026) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(read("Friday, 06-Nov-26 08:49:37 GMT", in_2026) == "Fri, 06 Nov 2026 08:49:37 GMT");
  CHECK(read("Friday, 06-Nov-76 08:49:37 GMT", in_2026) == "Fri, 06 Nov 2076 08:49:37 GMT");
  CHECK(read("Sunday, 06-Nov-77 08:49:37 GMT", in_2026) == "Sun, 06 Nov 1977 08:49:37 GMT");
}

TEST_CASE("redirects and errors are responses with their status") {
  CHECK(web::redirect("/x").status() == 303);
  CHECK(web::redirect("/x", 301).status() == 301);
  CHECK_THROWS_AS(web::redirect("/x", 200), std::invalid_argument);
  CHECK(web::redirect("/<script>").body().find("<script>") == std::string::npos);
  CHECK_THROWS_AS(web::http_error(200), std::invalid_argument);
  CHECK(web::http_error(404).to_response().status() == 404);
  CHECK(web::http_error(400, "<b>").to_response().body().find("&lt;b&gt;") != std::string::npos);
  CHECK(web::reason_phrase(418) == "I'm a teapot");
}

TEST_CASE(
    "error handlers: by code before by type, the most derived type, blueprints before the app") {
  struct base : std::runtime_error {
    using std::runtime_error::runtime_error;
  };
  struct derived : base {
    using base::base;
  };
  web::app app;
  web::blueprint part("part");
  for (web::scaffold* const each : std::initializer_list<web::scaffold*>{&app, &part}) {
    each->route("/base" + std::string(each == &app ? "" : "2"),
                []() -> std::string { throw base("b"); });
    each->route("/derived" + std::string(each == &app ? "" : "2"),
                []() -> std::string { throw derived("d"); });
    each->route("/403" + std::string(each == &app ? "" : "2"),
                []() -> std::string { web::abort(403); });
  }
  app.errorhandler<derived>([] { return "derived"; });
  app.errorhandler<base>([] { return "base"; });
  app.errorhandler<std::exception>([] { return "any"; });
  app.errorhandler(403, [] { return "403"; });
  part.errorhandler<web::http_error>([] { return "part http"; });
  part.errorhandler<base>([] { return "part base"; });
  app.register_blueprint(part);
  web::test_client client(app);

  CHECK(client.get("/base").body == "base");
  CHECK(client.get("/derived").body == "derived");
  CHECK(client.get("/403").body == "403");
  CHECK(client.get("/base2").body == "part base");
  CHECK(client.get("/derived2").body == "part base");
  CHECK(client.get("/4032").body == "403");
  CHECK(client.get("/nowhere").body == "any");
}

TEST_CASE("TRAP_HTTP_EXCEPTIONS makes errors without a handler a 500") {
  web::app app;
  app.config()["TRAP_HTTP_EXCEPTIONS"] = true;
  app.logger().set_sink([](web::log_level, std::string_view) {});
  CHECK(web::test_client(app).get("/nowhere").status == 500);
}
