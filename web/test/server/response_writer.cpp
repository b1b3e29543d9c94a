#include "server/response_writer.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace web = aldis::web;
using web::detail::append_chunk;
using web::detail::append_head;
using web::detail::body_framing;
using web::detail::head_options;

namespace {

const std::string date = "Date: D\r\n";

struct written {
  std::string head;
  body_framing framing;

  bool operator==(const written&) const = default;
};

written write(const web::response& response, head_options options = {}) {
  options.date = "D";
  written result;
  result.framing = append_head(result.head, response, options);
  return result;
}

web::response plain(std::string body, int status = 200) {
  web::response response(std::move(body), status);
  response.headers().clear();
  response.headers().add("A", "b");
  return response;
}

web::stream nothing() {
  return web::stream([]() -> std::optional<std::string> { return {}; });
}

}  // namespace

namespace doctest {
template <>
struct StringMaker<written> {
  static String convert(const written& value) {
    return (value.head + std::to_string(static_cast<int>(value.framing))).c_str();
  }
};
}  // namespace doctest

TEST_CASE("a head has the length of the body, and tells whether the connection is kept") {
  const std::string begin = "HTTP/1.1 200 OK\r\nA: b\r\n" + date + "Content-Length: 5\r\n";
  const web::response response = plain("hello");

  CHECK(write(response) == written{begin + "\r\n", body_framing::length});
  CHECK(write(response, {.keep_alive = false}) ==
        written{begin + "Connection: close\r\n\r\n", body_framing::length});
  CHECK(write(response, {.version = 10}) ==
        written{begin + "Connection: keep-alive\r\n\r\n", body_framing::length});
  CHECK(write(response, {.version = 10, .keep_alive = false}) ==
        written{begin + "Connection: close\r\n\r\n", body_framing::length});
}

TEST_CASE("a stream is chunked, and ends with the connection in HTTP/1.0") {
  web::response response(nothing());
  response.headers().clear();
  const std::string begin = "HTTP/1.1 200 OK\r\n" + date;

  CHECK(write(response) ==
        written{begin + "Transfer-Encoding: chunked\r\n\r\n", body_framing::chunked});
  CHECK(write(response, {.version = 10}) ==
        written{begin + "Connection: close\r\n\r\n", body_framing::until_close});
}

TEST_CASE("chunks have their size, and an empty one does not end the body") {
  std::string body;
  append_chunk(body, "hello");
  append_chunk(body, "");
  append_chunk(body, std::string(26, 'x'));
  body += web::detail::last_chunk;

  CHECK(body == "5\r\nhello\r\n1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
}

TEST_CASE("a response without a body has no headers about one") {
  const std::string rest = "\r\nA: b\r\n" + date + "\r\n";

  CHECK(write(plain("", 204)) == written{"HTTP/1.1 204 No Content" + rest, body_framing::none});
  CHECK(write(plain("x", 204)) == written{"HTTP/1.1 204 No Content" + rest, body_framing::none});
  CHECK(write(plain("x", 304)) == written{"HTTP/1.1 304 Not Modified" + rest, body_framing::none});
  CHECK(write(plain("")) ==
        written{"HTTP/1.1 200 OK\r\nA: b\r\n" + date + "Content-Length: 0\r\n\r\n",
                body_framing::length});
}

TEST_CASE("a response to HEAD keeps the length that the application set, and has no body") {
  web::response response = plain("");
  CHECK(write(response, {.head_only = true}) ==
        written{"HTTP/1.1 200 OK\r\nA: b\r\n" + date + "\r\n", body_framing::none});

  response.headers().set("Content-Length", "12");
  CHECK(write(response, {.head_only = true}) ==
        written{"HTTP/1.1 200 OK\r\nA: b\r\n" + date + "Content-Length: 12\r\n\r\n",
                body_framing::none});
}

TEST_CASE("framing headers of the application are ignored") {
  web::response response = plain("hello");
  response.headers().add("content-length", "3");
  response.headers().add("Content-Length", "4");
  response.headers().add("Transfer-Encoding", "chunked");
  response.headers().add("Connection", "keep-alive");
  response.headers().add("Keep-Alive", "timeout=5");

  CHECK(write(response) ==
        written{"HTTP/1.1 200 OK\r\nA: b\r\n" + date + "Content-Length: 5\r\n\r\n",
                body_framing::length});
}

TEST_CASE("a date and a reason phrase of the application are kept") {
  web::response response = plain("");
  response.set_status("299 Weird");
  response.headers().set("date", "E");

  CHECK(write(response).head ==
        "HTTP/1.1 299 Weird\r\nA: b\r\ndate: E\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("no line can be injected into a head") {
  web::response response;
  for (const char* value : {"a\r\nSet-Cookie: x", "a\nb", "a\rb", "\r\n", "\n"}) {
    CAPTURE(value);
    CHECK_THROWS_AS(response.headers().set("X", value), std::invalid_argument);
    CHECK_THROWS_AS(response.headers().add("X", value), std::invalid_argument);
    CHECK_THROWS_AS(response.set_cookie("x", "y", {.path = value}), std::invalid_argument);
    CHECK_THROWS_AS(response.set_status("200 " + std::string(value)), std::invalid_argument);
  }
  for (const char* name : {"a b", "a:", "a\r\nb", "", "a\n"}) {
    CAPTURE(name);
    CHECK_THROWS_AS(response.headers().add(name, "x"), std::invalid_argument);
    CHECK_THROWS_AS(response.set_cookie(name, "x"), std::invalid_argument);
  }
}
