// Streams that have nothing to send for a while, and clients that disconnect meanwhile.

#include <aldis/web/app.hpp>
#include <aldis/web/awaitable.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/server.hpp>

#include "client.hpp"
#include "event.hpp"
#include "requests.hpp"
#include "responses.hpp"
#include "running_server.hpp"
#include "test_loop.hpp"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace web = aldis::web;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

/// An app with a stream that sends the texts in `chunks`, and empty ones otherwise.
struct idle_site {
  idle_site() {
    app.get("/", [] { return "hello"; });
    app.get("/idle", [this] {
      const std::shared_ptr<void> until_end(nullptr, [this](void*) { ended.set(); });
      return web::stream([this, until_end]() -> std::optional<std::string> {
        if (++asked == 5) asked_five_times.set();
        if (chunks.empty()) return std::string();
        std::string chunk = chunks.front();
        chunks.erase(chunks.begin());
        if (chunk == "end") return std::nullopt;
        return chunk;
      });
    });
    app.route("/wait", {.methods = {"GET", "POST"}}, [this]() -> asio::awaitable<std::string> {
      asio::steady_timer never(co_await asio::this_coro::executor,
                               asio::steady_timer::time_point::max());
      boost::system::error_code error;
      co_await never.async_wait(asio::redirect_error(asio::use_awaitable, error));
      ++cancelled;
      co_return "over";
    });
  }

  web::app app;
  texts chunks;
  std::atomic<int> asked{0};
  event asked_five_times;
  event ended;
  int cancelled = 0;
};

}  // namespace

TEST_CASE("a stream that has nothing to send is asked again later, less and less often") {
  idle_site it;
  test_loop loop(it.app);
  fake_socket& client = loop.send(loop.connect(), get("/idle"));
  CHECK(it.asked == 1);
  // The head does not wait for the first chunk.
  CHECK(client.to_client.find("Transfer-Encoding: chunked") != std::string::npos);

  for (const int after : {1, 2, 4, 8, 16, 32, 64, 128, 250, 250, 250}) {
    const int before = it.asked;
    loop.advance(std::chrono::milliseconds(after - 1));
    CHECK(it.asked == before);
    loop.advance(1ms);
    CHECK(it.asked == before + 1);
  }
  loop.advance(1h);
  CHECK_FALSE(client.destroyed);
}

TEST_CASE("when an idle stream has something to send, it is sent, and the pauses start anew") {
  idle_site it;
  test_loop loop(it.app);
  fake_socket& client = loop.send(loop.connect(), get("/idle") + get("/"));
  for (int i = 0; i < 20; ++i) loop.advance(250ms);

  it.chunks = {"one", "two"};
  loop.advance(250ms);
  CHECK(responses(client.to_client) == texts{"200 onetwo..."});
  const int before = it.asked;
  loop.advance(1ms);
  CHECK(it.asked == before + 1);
  it.chunks = {"end"};
  loop.advance(2ms);
  CHECK(responses(client.to_client) == texts{"200 onetwo", "200 hello"});
}

TEST_CASE("a closed socket is noticed while a stream is idle") {
  idle_site it;
  test_loop loop(it.app);
  fake_socket& client = loop.send(loop.connect(), get("/idle"));
  loop.advance(1h);

  client.resets = true;
  loop.run_ready();
  CHECK(client.destroyed);
  CHECK(it.ended.wait(0ms));
}

TEST_CASE("a closed socket is noticed even if there is unread input") {
  idle_site it;
  test_loop loop(it.app);
  fake_socket& client = loop.send(loop.connect(), get("/idle") + std::string(1'000'000, 'x'));
  CHECK_FALSE(client.to_server.empty());
  loop.advance(1h);

  client.resets = true;
  loop.run_ready();
  CHECK_FALSE(client.destroyed);
  loop.advance(250ms);
  CHECK(client.destroyed);
}

TEST_CASE("a stream that is idle for a second ends if the client has closed its sending half") {
  idle_site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();
  client.half_closes = true;
  loop.send(client, get("/idle"));

  for (int i = 0; i < 3; ++i) loop.advance(250ms);
  CHECK_FALSE(client.destroyed);
  it.chunks = {"one"};
  for (int i = 0; i < 3; ++i) loop.advance(250ms);
  CHECK_FALSE(client.destroyed);
  CHECK(responses(client.to_client) == texts{"200 one..."});
  for (int i = 0; i < 2; ++i) loop.advance(250ms);
  CHECK(client.destroyed);
  CHECK(responses(client.to_client) == texts{"200 one..."});
}

TEST_CASE("an idle stream delays a stop for a second at most") {
  idle_site it;
  test_loop loop(it.app);
  fake_socket& idle = loop.send(loop.connect(), get("/idle"));
  for (int i = 0; i < 20; ++i) loop.advance(250ms);
  fake_socket& begun = loop.send(loop.connect(), get("/idle"));

  loop.stop();
  loop.advance(250ms);
  CHECK(idle.destroyed);
  CHECK_FALSE(begun.destroyed);
  for (int i = 0; i < 4; ++i) loop.advance(250ms);
  CHECK(begun.destroyed);
  CHECK(loop.connections() == 0);
  CHECK(loop.log.empty());
}

TEST_CASE("a coroutine is cancelled when its client has gone, however much the client has sent") {
  for (const std::size_t body : {0UL, 60'000UL}) {
    for (const std::size_t behind : {0UL, 10UL, 1'000'000UL}) {
      CAPTURE(body);
      CAPTURE(behind);
      idle_site it;
      test_loop loop(it.app);
      fake_socket& client =
          loop.send(loop.connect(), "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                        std::to_string(body) + "\r\n\r\n" + std::string(body, 'b'));
      loop.send(client, std::string(behind, 'x'));
      loop.advance(1h);
      CHECK(it.cancelled == 0);

      client.resets = true;
      loop.run_ready();
      loop.advance(1s);
      CHECK(it.cancelled == 1);
      CHECK(client.destroyed);
    }
  }
}

TEST_CASE("an idle stream is asked by the real clock, and ends when its client closes the socket") {
  idle_site it;
  web::server server(it.app, {.port = 0, .threads = 1, .access_log = false});
  std::thread thread([&] { server.run(); });
  const auto begin = std::chrono::steady_clock::now();
  {
    client one(server.port());
    one.send(get("/idle"));
    CHECK(it.asked_five_times.wait());
    client other(server.port());
    other.send(get("/"));
    CHECK(other.receive() == "200 hello");
  }
  CHECK(it.ended.wait());
  // Not more often than the pauses allow, however long it took.
  const auto passed = std::chrono::steady_clock::now() - begin;
  CHECK(it.asked <= 10 + passed / 250ms);

  client last(server.port());
  last.send(get("/idle"));
  CHECK(last.readable());
  server.stop();
  thread.join();
  CHECK(responses(last.receive_all()) == texts{"200 ..."});
}
