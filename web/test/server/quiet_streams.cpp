// Streams that have nothing to send for a while, and clients that go meanwhile.

#include <aldis/web/app.hpp>
#include <aldis/web/awaitable.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/server.hpp>

#include "answers.hpp"
#include "client.hpp"
#include "event.hpp"
#include "requests.hpp"
#include "serving.hpp"
#include "stage.hpp"
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

/// An application with a stream that sends what is put into `pieces`, and empty pieces otherwise.
struct quiet_site {
  quiet_site() {
    app.get("/", [] { return "hello"; });
    app.get("/quiet", [this] {
      const std::shared_ptr<void> until_end(nullptr, [this](void*) { ended.set(); });
      return web::stream([this, until_end]() -> std::optional<std::string> {
        if (++asked == 5) asked_five_times.set();
        if (pieces.empty()) return std::string();
        std::string piece = pieces.front();
        pieces.erase(pieces.begin());
        if (piece == "end") return std::nullopt;
        return piece;
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
  texts pieces;
  std::atomic<int> asked{0};
  event asked_five_times;
  event ended;
  int cancelled = 0;
};

}  // namespace

TEST_CASE("a stream that has nothing to send is asked again later, and less and less often") {
  quiet_site it;
  stage on(it.app);
  wire& client = on.says(on.connect(), get("/quiet"));
  CHECK(it.asked == 1);
  // The head does not wait for the first piece.
  CHECK(client.to_client.find("Transfer-Encoding: chunked") != std::string::npos);

  for (const int after : {1, 2, 4, 8, 16, 32, 64, 128, 250, 250, 250}) {
    const int before = it.asked;
    on.pass(std::chrono::milliseconds(after - 1));
    CHECK(it.asked == before);
    on.pass(1ms);
    CHECK(it.asked == before + 1);
  }
  on.pass(1h);
  CHECK_FALSE(client.gone);
}

TEST_CASE("what a quiet stream has at last is sent, and it is asked at once again") {
  quiet_site it;
  stage on(it.app);
  wire& client = on.says(on.connect(), get("/quiet") + get("/"));
  for (int i = 0; i < 20; ++i) on.pass(250ms);

  it.pieces = {"one", "two"};
  on.pass(250ms);
  CHECK(answers(client.to_client) == texts{"200 onetwo..."});
  const int before = it.asked;
  on.pass(1ms);
  CHECK(it.asked == before + 1);
  it.pieces = {"end"};
  on.pass(2ms);
  CHECK(answers(client.to_client) == texts{"200 onetwo", "200 hello"});
}

TEST_CASE("the end of a socket is seen while a stream is quiet") {
  quiet_site it;
  stage on(it.app);
  wire& client = on.says(on.connect(), get("/quiet"));
  on.pass(1h);

  client.resets = true;
  on.settle();
  CHECK(client.gone);
  CHECK(it.ended.wait(0ms));
}

TEST_CASE("the end of a socket is seen behind more input than is read") {
  quiet_site it;
  stage on(it.app);
  wire& client = on.says(on.connect(), get("/quiet") + std::string(1'000'000, 'x'));
  CHECK_FALSE(client.to_server.empty());
  on.pass(1h);

  client.resets = true;
  on.settle();
  CHECK_FALSE(client.gone);
  on.pass(250ms);
  CHECK(client.gone);
}

TEST_CASE("a client that has ended its half is left when a stream was quiet for a second") {
  quiet_site it;
  stage on(it.app);
  wire& client = on.connect();
  client.ends = true;
  on.says(client, get("/quiet"));

  for (int i = 0; i < 3; ++i) on.pass(250ms);
  CHECK_FALSE(client.gone);
  it.pieces = {"one"};
  for (int i = 0; i < 3; ++i) on.pass(250ms);
  CHECK_FALSE(client.gone);
  CHECK(answers(client.to_client) == texts{"200 one..."});
  for (int i = 0; i < 2; ++i) on.pass(250ms);
  CHECK(client.gone);
  CHECK(answers(client.to_client) == texts{"200 one..."});
}

TEST_CASE("a quiet stream holds up a stop for a second at most") {
  quiet_site it;
  stage on(it.app);
  wire& quiet = on.says(on.connect(), get("/quiet"));
  for (int i = 0; i < 20; ++i) on.pass(250ms);
  wire& begun = on.says(on.connect(), get("/quiet"));

  on.stop();
  on.pass(250ms);
  CHECK(quiet.gone);
  CHECK_FALSE(begun.gone);
  for (int i = 0; i < 4; ++i) on.pass(250ms);
  CHECK(begun.gone);
  CHECK(on.connections() == 0);
  CHECK(on.log.empty());
}

TEST_CASE("a coroutine is asked to stop when its client has gone, whatever that has sent before") {
  for (const std::size_t body : {0UL, 60'000UL}) {
    for (const std::size_t behind : {0UL, 10UL, 1'000'000UL}) {
      CAPTURE(body);
      CAPTURE(behind);
      quiet_site it;
      stage on(it.app);
      wire& client =
          on.says(on.connect(), "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                                    std::to_string(body) + "\r\n\r\n" + std::string(body, 'b'));
      on.says(client, std::string(behind, 'x'));
      on.pass(1h);
      CHECK(it.cancelled == 0);

      client.resets = true;
      on.settle();
      on.pass(1s);
      CHECK(it.cancelled == 1);
      CHECK(client.gone);
    }
  }
}

TEST_CASE("a quiet stream is asked by the clock, and ends when its client closes the socket") {
  quiet_site it;
  web::server server(it.app, {.port = 0, .threads = 1, .access_log = false});
  std::thread thread([&] { server.run(); });
  const auto begin = std::chrono::steady_clock::now();
  {
    client one(server.port());
    one.say(get("/quiet"));
    CHECK(it.asked_five_times.wait());
    client other(server.port());
    other.say(get("/"));
    CHECK(other.hear() == "200 hello");
  }
  CHECK(it.ended.wait());
  // Not more often than the pauses allow, however long that took.
  const auto passed = std::chrono::steady_clock::now() - begin;
  CHECK(it.asked <= 10 + passed / 250ms);

  client last(server.port());
  last.say(get("/quiet"));
  CHECK(last.has_something());
  server.stop();
  thread.join();
  CHECK(answers(last.hear_all()) == texts{"200 ..."});
}
