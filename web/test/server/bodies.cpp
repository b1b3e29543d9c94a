// Which request bodies are read, and how many are in memory.

#include <aldis/web/app.hpp>
#include <aldis/web/awaitable.hpp>
#include <aldis/web/signals.hpp>

#include "responses.hpp"
#include "test_loop.hpp"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace web = aldis::web;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

const web::server_options few_bodies{
    .max_body_size = 60'000, .max_total_body_size = 100'000, .access_log = false};

std::string head(std::string_view line, std::size_t length, std::string_view fields = "") {
  return std::string(line) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) +
         "\r\n" + std::string(fields) + "\r\n";
}

std::string post(std::string_view target, std::size_t length) {
  return head("POST " + std::string(target), length) + std::string(length, 'x');
}

std::string chunk(std::size_t size) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string line;
  for (std::size_t rest = size; rest > 0; rest /= 16) line.insert(0, 1, digits[rest % 16]);
  return line + "\r\n" + std::string(size, 'x') + "\r\n";
}

const std::string chunked =
    "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The statuses of all responses, followed by "closes" if the response closes the connection.
texts statuses(std::string_view bytes) {
  texts result;
  for (const std::string& each : responses(bytes)) {
    result.push_back(each.substr(0, 3) + (each.ends_with(" (closes)") ? " closes" : ""));
  }
  return result;
}

struct bodies_site {
  bodies_site() {
    app.get("/", [] { return "hello"; });
    app.post("/size", [](web::request& r) { return std::to_string(r.body().size()); });
    app.post("/dir/", [] { return "dir"; });
    app.post("/hold", [this](web::request& r) -> asio::awaitable<std::string> {
      timer.emplace(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      boost::system::error_code error;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
      timer.reset();
      co_return std::to_string(r.body().size());
    });
  }

  web::app app;
  std::optional<asio::steady_timer> timer;
};

}  // namespace

TEST_CASE("a request without a handler gets its response before its body is read") {
  bodies_site it;
  test_loop loop(it.app);

  struct unhandled {
    std::string line;
    std::string status;
  };
  for (const unhandled& each : std::vector<unhandled>{{"POST /nowhere", "404 closes"},
                                                      {"POST /", "405 closes"},
                                                      {"POST /dir", "308 closes"},
                                                      {"OPTIONS *", "200 closes"}}) {
    CAPTURE(each.line);
    fake_socket& client = loop.send(loop.connect(), head(each.line, 70'000));
    CHECK(statuses(client.to_client) == texts{each.status});
    CHECK(client.shut_down);
    // The rest of the body is dropped, and not read as a request.
    loop.send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(statuses(client.to_client) == texts{each.status});
    CHECK_FALSE(client.destroyed);
    client.half_closes = true;
    loop.run_ready();
    CHECK(client.destroyed);
  }
}

TEST_CASE("a small body is read even without a handler, and the connection is kept") {
  bodies_site it;
  texts seen;
  it.app.before_request(
      [&](web::request& request) { seen.push_back(std::to_string(request.body().size())); });
  test_loop loop(it.app);
  fake_socket& client =
      loop.send(loop.connect(), post("/nowhere", 65'536) + chunked + chunk(65'536) +
                                    "0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(statuses(client.to_client) == texts{"404", "404", "200"});
  CHECK(seen == texts{"65536", "65536", "0"});
}

TEST_CASE("without a handler, chunks are read up to the size of a small body") {
  bodies_site it;
  test_loop loop(it.app);
  fake_socket& client = loop.send(loop.connect(), chunked + chunk(65'536));
  CHECK(client.to_client.empty());

  loop.send(client, chunk(1));
  CHECK(statuses(client.to_client) == texts{"404 closes"});
}

TEST_CASE("without a handler, a client that expects 100 Continue gets the final status") {
  bodies_site it;
  test_loop loop(it.app);
  const std::string expects = "Expect: 100-continue\r\n";

  fake_socket& waits = loop.send(loop.connect(), head("POST /nowhere", 3, expects));
  CHECK(statuses(waits.to_client) == texts{"404 closes"});
  fake_socket& does_not = loop.send(loop.connect(), head("POST /nowhere", 3, expects) + "abc");
  CHECK(statuses(does_not.to_client) == texts{"404"});
  fake_socket& handled = loop.send(loop.connect(), head("POST /size", 3, expects));
  CHECK(statuses(handled.to_client) == texts{"100"});
}

TEST_CASE("a request whose body is not read runs all hooks and signals") {
  bodies_site it;
  texts life;
  it.app.before_request([&](web::request& request) {
    life.push_back("before " + std::to_string(request.body().size()) +
                   std::string(request.headers()["Content-Length"]) +
                   (request.routing_error() ? " unrouted" : ""));
  });
  it.app.errorhandler(404, [&] { return std::pair("my own page", 404); });
  it.app.after_request([&](web::response&) { life.emplace_back("after"); });
  it.app.teardown_request([&](const std::exception_ptr&) { life.emplace_back("teardown"); });
  aldis::connections heard;
  heard += web::request_started.connect([&] { life.emplace_back("started"); });
  heard += web::request_finished.connect([&] { life.emplace_back("finished"); });
  test_loop loop(it.app);

  fake_socket& client = loop.send(loop.connect(), head("POST /nowhere", 70'000));
  CHECK(responses(client.to_client) == texts{"404 my own page (closes)"});
  CHECK(life == texts{"started", "before 070000 unrouted", "after", "finished", "teardown"});
}

TEST_CASE("a body that exceeds the room for all bodies is rejected before it is sent") {
  bodies_site it;
  test_loop loop(it.app, few_bodies);
  // Room is reserved when the head is read, before any of the body has arrived.
  fake_socket& first = loop.send(loop.connect(), head("POST /size", 50'000));
  CHECK(loop.body_bytes() == 50'000);

  fake_socket& second =
      loop.send(loop.connect(), head("POST /size", 50'001, "Expect: 100-continue\r\n"));
  CHECK(statuses(second.to_client) == texts{"503 closes"});
  CHECK(field(second.to_client, "Retry-After") == "5");
  // A small body needs none.
  fake_socket& small = loop.send(loop.connect(), post("/size", 16'384));
  CHECK(responses(small.to_client) == texts{"200 16384"});

  CHECK(loop.body_bytes() == 50'000);

  loop.send(first, std::string(50'000, 'x'));
  CHECK(responses(first.to_client) == texts{"200 50000"});
  CHECK(loop.body_bytes() == 0);
  fake_socket& again = loop.send(loop.connect(), post("/size", 50'001));
  CHECK(responses(again.to_client) == texts{"200 50001"});
}

TEST_CASE("a chunked body is rejected when there is no more room for it") {
  bodies_site it;
  test_loop loop(it.app, few_bodies);
  const std::string begins = "POST /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  fake_socket& first = loop.send(loop.connect(), begins + chunk(50'000));
  fake_socket& second = loop.send(loop.connect(), begins + chunk(50'000));
  CHECK(loop.body_bytes() == 100'000);

  loop.send(second, chunk(1));
  CHECK(statuses(second.to_client) == texts{"503 closes"});
  CHECK(loop.body_bytes() == 50'000);
  loop.send(first, chunk(10'000) + "0\r\n\r\n");
  CHECK(responses(first.to_client) == texts{"200 60000"});
  CHECK(loop.body_bytes() == 0);
}

TEST_CASE("a body is counted until its response has been sent") {
  bodies_site it;
  test_loop loop(it.app, few_bodies);
  fake_socket& client = loop.send(loop.connect(), post("/hold", 60'000));
  CHECK(loop.body_bytes() == 60'000);
  it.timer->cancel();
  loop.run_ready();
  CHECK(responses(client.to_client) == texts{"200 60000"});
  CHECK(loop.body_bytes() == 0);
}

TEST_CASE("a body is no longer counted when its client has gone or was rejected") {
  bodies_site it;
  test_loop loop(it.app, few_bodies);
  fake_socket& gone =
      loop.send(loop.connect(), head("POST /size", 50'000) + std::string(40'000, 'x'));
  CHECK(loop.body_bytes() == 50'000);
  gone.resets = true;
  loop.run_ready();
  CHECK(loop.body_bytes() == 0);

  fake_socket& large = loop.send(
      loop.connect(), "POST /size HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                          chunk(50'000) + chunk(50'000));
  CHECK(statuses(large.to_client) == texts{"413 closes"});
  CHECK(loop.body_bytes() == 0);

  fake_socket& late =
      loop.send(loop.connect(), head("POST /size", 50'000) + std::string(40'000, 'x'));
  loop.advance(1h);
  CHECK(statuses(late.to_client) == texts{"408 closes"});
  CHECK(loop.body_bytes() == 0);

  fake_socket& cancelled = loop.send(loop.connect(), post("/hold", 50'000));
  cancelled.resets = true;
  loop.run_ready();
  CHECK(loop.body_bytes() == 0);
}

TEST_CASE("the host of an absolute target overrides the Host field for the app") {
  bodies_site it;
  it.app.get("/host", [](web::request& r) { return std::string(r.host()) + " " + r.url(); });
  test_loop loop(it.app);
  fake_socket& client = loop.send(loop.connect(),
                                  "GET http://b:8080/host?c=d HTTP/1.1\r\nHost: a\r\n\r\n"
                                  "GET http://b?c=d HTTP/1.1\r\nHost: a\r\n\r\n"
                                  "GET http://b/host HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                                  "GET /host HTTP/1.2\r\nHost: a\r\n\r\n");

  CHECK(responses(client.to_client) == texts{"200 b:8080 http://b:8080/host?c=d", "200 hello",
                                             "200 b http://b/host", "200 a http://a/host"});
}
