// How developers see an exception without a handler.

#include <aldis/web.hpp>
#include <aldis/web/logger.hpp>

#include "server/responses.hpp"
#include "server/test_loop.hpp"
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>

namespace web = aldis::web;

namespace {

namespace kingdom {
struct out_of_jam : std::runtime_error {
  using std::runtime_error::runtime_error;
};
}  // namespace kingdom

[[noreturn]] void throw_nested() {
  try {
    throw std::out_of_range("shelf 7 <b>");
  } catch (...) {
    try {
      std::throw_with_nested(std::invalid_argument("no shelf"));
    } catch (...) {
      std::throw_with_nested(std::runtime_error("no jam & no \"bread\""));
    }
  }
}

void add_pages(web::app& app) {
  app.get("/jam/<int:shelf>", [](int) -> std::string { throw_nested(); });
  app.get("/number", []() -> std::string { throw 7; });
  app.get("/text", []() -> std::string { throw std::string("thrown text"); });
  app.get("/missing", [] { return web::render_template("nowhere.html"); });
}

/// The response of a server, head and body.
std::string response(web::app& app, const std::string& request_line,
                     const std::string& fields = {}) {
  test_loop loop(app);
  fake_socket& client = loop.connect();
  loop.send(client, request_line + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
                        "Connection: close\r\n\r\n");
  return client.to_client;
}

bool has(std::string_view in, std::string_view text) { return in.find(text) != in.npos; }

std::string body_of(const std::string& all) { return all.substr(all.find("\r\n\r\n") + 4); }

}  // namespace

TEST_CASE("an exception is described by its type, its message and its nested exceptions") {
  const auto describe = [](auto thrower) {
    try {
      thrower();
    } catch (...) {
      return web::describe(std::current_exception());
    }
    return std::string("nothing thrown");
  };

  CHECK(describe([] { throw std::out_of_range("far"); }) == "std::out_of_range: far");
  CHECK(describe([] { throw kingdom::out_of_jam("none"); }) ==
        "(anonymous namespace)::kingdom::out_of_jam: none");
  CHECK(describe([] { throw std::exception(); }) == "std::exception: std::exception");
  CHECK(describe([] { throw_nested(); }) ==
        "std::runtime_error: no jam & no \"bread\"; caused by std::invalid_argument: no shelf; "
        "caused by std::out_of_range: shelf 7 <b>");
  CHECK(describe([] { throw 7; }) == "int");
  CHECK(describe([] { throw std::string("text"); }) == "std::string: text");
  CHECK(describe([] { throw "text"; }) == "char const*: text");
  CHECK(describe([] { web::abort(404); }) ==
        "aldis::web::http_error: 404 Not Found: There is no page at this address.");
  CHECK(web::describe(nullptr) == "no exception");
}

TEST_CASE("a log message is one line, whatever a client or an exception puts into it") {
  const auto thrown = std::make_exception_ptr(std::runtime_error("no\r\nERROR: jam\x1b[31m"));
  CHECK(web::describe(thrown) == "std::runtime_error: no\\x0d\\x0aERROR: jam\\x1b[31m");

  web::app app;
  app.get("/<path:rest>",
          [&](const std::string&) -> std::string { std::rethrow_exception(thrown); });
  test_loop loop(app);
  std::string logged;
  app.logger().set_sink([&](web::log_level, std::string_view text) { logged += text; });
  fake_socket& client = loop.connect();
  loop.send(client, "GET /a%0Ab%C2%9Bc HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(logged ==
        "Exception on GET /a\\x0ab\\xc2\\x9bc: std::runtime_error: no\\x0d\\x0aERROR: "
        "jam\\x1b[31m");

  std::FILE* const file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fflush(stderr);
  const int kept = ::dup(STDERR_FILENO);
  ::dup2(::fileno(file), STDERR_FILENO);
  web::logger().error("no user ann\nERROR: no b\xc3\xa9n");
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  std::rewind(file);
  char text[100];
  const std::size_t size = std::fread(text, 1, sizeof(text), file);
  std::fclose(file);
  CHECK(std::string_view(text, size) == "ERROR: no user ann\\x0aERROR: no b\xc3\xa9n\n");
}

TEST_CASE("an endless chain of nested exceptions is cut") {
  std::exception_ptr last = std::make_exception_ptr(std::runtime_error("0"));
  for (int i = 1; i < 1000; ++i) {
    try {
      try {
        std::rethrow_exception(last);
      } catch (...) {
        std::throw_with_nested(std::runtime_error(std::to_string(i)));
      }
    } catch (...) {
      last = std::current_exception();
    }
  }

  const std::string text = web::describe(last);

  CHECK(text.starts_with("std::runtime_error: 999; caused by std::runtime_error: 998; "));
  CHECK(text.ends_with("; caused by std::runtime_error: 980"));
}

TEST_CASE("the debug page shows the exception, its causes, the route and the request") {
  web::app app;
  app.config()["DEBUG"] = true;
  add_pages(app);

  const std::string page =
      response(app, "GET /jam/7?who=%3Cann%3E",
               "X-Note: \"<script>alert(1)</script>\"\r\n"
               "Cookie: session=precious\r\nAuthorization: Basic precious\r\n");

  CHECK(page.starts_with("HTTP/1.1 500 "));
  CHECK(field(page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(field(page, "Content-Length") == std::to_string(body_of(page).size()));
  CHECK(field(page, "Cache-Control") == "no-store");
  for (const char* const shown :
       {"<title>std::runtime_error &ndash; GET /jam/7</title>", "<code>GET /jam/7</code> threw",
        "<h1><code>std::runtime_error</code></h1>", "<pre>no jam &amp; no &#34;bread&#34;</pre>",
        "<code>std::invalid_argument</code></b><pre>no shelf</pre>",
        "<code>std::out_of_range</code></b><pre>shelf 7 &lt;b&gt;</pre>",
        "Rule</th><td>/jam/&lt;int:shelf&gt;</td>", "shelf</th><td>7</td>",
        "URL</th><td>http://localhost/jam/7?who=%3Cann%3E</td>",
        "X-Note</th><td>&#34;&lt;script&gt;alert(1)&lt;/script&gt;&#34;</td>",
        "Cookie</th><td>(not shown)</td>", "because <code>DEBUG</code> is set"}) {
    CAPTURE(shown);
    CHECK(has(page, shown));
  }
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "precious"));
}

TEST_CASE("the debug page shows no credentials") {
  web::app app;
  app.config()["DEBUG"] = true;
  add_pages(app);

  std::string fields;
  for (const char* const name :
       {"Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "X-Auth-Token",
        "X-CSRFToken", "x-amz-security-token", "X-Hub-Signature-256", "Client-Secret", "X-Password",
        "Session-Id"}) {
    fields += std::string(name) + ": precious\r\n";
  }
  const std::string page = response(
      app, "GET /number?page=7&access_token=precious&api%5Fkey=precious&q",
      fields + "Referer: http://localhost/a?password=precious&b=2\r\nAccept: text/html\r\n");

  CHECK_FALSE(has(page, "precious"));
  for (const char* const shown :
       {"X-Hub-Signature-256</th><td>(not shown)</td>", "Accept</th><td>text/html</td>",
        "/number?page=7&amp;access_token=(not shown)&amp;api%5Fkey=(not shown)&amp;q</td>",
        "<td>http://localhost/a?password=(not shown)&amp;b=2</td>"}) {
    CAPTURE(shown);
    CHECK(has(page, shown));
  }
}

TEST_CASE("the debug page describes exceptions of any type") {
  web::app app;
  app.config()["DEBUG"] = true;
  add_pages(app);
  app.teardown_request([](const std::exception_ptr& error) {
    if (!error && web::current_request().path() == "/teardown") throw std::logic_error("late");
  });
  app.get("/teardown", [] { return "there"; });

  CHECK(has(response(app, "GET /number"), "<h1><code>int</code></h1>"));
  CHECK(has(response(app, "GET /text"), "<pre>thrown text</pre>"));
  const std::string missing = response(app, "GET /missing");
  CHECK(has(missing, "nowhere.html"));
  CHECK(has(missing, "searched: the folder"));
  CHECK(has(response(app, "GET /teardown"), "std::logic_error: late"));
  const std::string to_head = response(app, "HEAD /number");
  CHECK(to_head.starts_with("HTTP/1.1 500 "));
  CHECK(body_of(to_head).empty());
}

TEST_CASE("without DEBUG nobody sees more than the plain page") {
  web::app app;
  app.logger().set_sink([](web::log_level, std::string_view) {});
  add_pages(app);
  SUBCASE("also with TESTING") { app.config()["TESTING"] = true; }
  SUBCASE("also with PROPAGATE_EXCEPTIONS") { app.config()["PROPAGATE_EXCEPTIONS"] = true; }

  const std::string page = response(app, "GET /jam/7");

  CHECK(page.starts_with("HTTP/1.1 500 "));
  CHECK(body_of(page) == web::http_error(500).to_response().body());
  CHECK_FALSE(has(page, "jam"));

  const std::string missing = response(app, "GET /missing");
  CHECK(missing.starts_with("HTTP/1.1 500 "));
  CHECK(body_of(missing) == web::http_error(500).to_response().body());
}

TEST_CASE("with DEBUG, errors with a response look as in production") {
  web::app app;
  app.config()["DEBUG"] = true;
  app.errorhandler<kingdom::out_of_jam>([] { return "taken"; });
  app.get("/taken", []() -> std::string { throw kingdom::out_of_jam("none"); });
  app.get("/gone", []() -> std::string { web::abort(410); });
  web::test_client client(app);

  CHECK(client.get("/taken").body == "taken");
  CHECK(client.get("/gone").body == web::http_error(410).to_response().body());
  CHECK(client.get("/nothing").body == web::http_error(404).to_response().body());
}
