// Coroutine receivers.

#include <aldis/aldis.hpp>
#include <aldis/async/drained.hpp>
#include <aldis/async/on.hpp>

#include "event.hpp"
#include "for_ever.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using aldis::disconnect_result;
using namespace std::string_literals;

namespace {

struct worker {
  std::vector<std::string>* seen;
  asio::awaitable<void> on(std::string_view text) {
    seen->push_back("begin " + std::string(text));
    co_await asio::post(asio::use_awaitable);
    seen->push_back("end " + std::string(text));
  }
};

}  // namespace

TEST_CASE(
    "a coroutine receiver is started by its executor, and keeps its arguments until it ends") {
  asio::io_context context;
  aldis::signal<void(std::string_view)> ready;
  std::vector<std::string> seen;
  ready.connect(
      [&](std::string_view text) -> asio::awaitable<void> {
        seen.push_back("begin " + std::string(text));
        co_await asio::post(asio::use_awaitable);
        seen.push_back("end " + std::string(text));
      },
      aldis::on(context));

  CHECK(ready.send("first, and too long to fit in place"s) == 1);
  CHECK(ready.send("second, and too long to fit in place"s) == 1);
  context.run();

  CHECK(seen == std::vector{"begin first, and too long to fit in place"s,
                            "begin second, and too long to fit in place"s,
                            "end first, and too long to fit in place"s,
                            "end second, and too long to fit in place"s});
}

TEST_CASE("at_once limits how many coroutines run concurrently") {
  asio::io_context context;
  aldis::signal<void(std::string_view)> ready;
  std::vector<std::string> seen;
  worker w{&seen};
  ready.connect<&worker::on>(w, aldis::on(context, {.at_once = 1}));

  ready.send("a");
  ready.send("b");
  context.run();

  CHECK(seen == std::vector{"begin a"s, "end a"s, "begin b"s, "end b"s});
}

TEST_CASE("a disconnect asks running coroutines to stop, and keeps the captures until they have") {
  asio::io_context context;
  aldis::signal<void()> tick;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  bool stopped = false;
  int failures = 0;
  tick.receiver_failed().connect([&] { ++failures; });
  const auto c = tick.connect(
      [&stopped, captured = std::move(captured)]() -> asio::awaitable<void> {
        try {
          co_await for_ever();
        } catch (const boost::system::system_error&) {
          stopped = *captured == 1;
          throw;
        }
      },
      aldis::on(context));
  tick.send();
  context.poll();
  CHECK(c.info().running == 1);

  CHECK(c.disconnect() == disconnect_result::disconnected);
  CHECK_FALSE(watched.expired());
  context.restart();
  context.run();

  CHECK(stopped);
  CHECK(watched.expired());
  CHECK(failures == 0);
}

TEST_CASE("an exception of a coroutine goes to the handler, else to receiver_failed") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int failures = 0;
  tick.receiver_failed().connect([&] { ++failures; });
  const auto c = tick.connect(
      []() -> asio::awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        throw 1;
      },
      aldis::on(context));

  tick.send();
  context.run();

  CHECK(failures == 1);
  CHECK(c.info().failures == 1);
}

TEST_CASE("a coroutine may disconnect itself, before and after it was suspended") {
  for (const bool later : {false, true}) {
    asio::io_context context;
    aldis::signal<void()> tick;
    aldis::connection c;
    disconnect_result result{};
    bool ended = false;
    c = tick.connect(
        [&]() -> asio::awaitable<void> {
          if (later) co_await asio::post(asio::use_awaitable);
          result = c.disconnect();
          ended = true;
          co_return;
        },
        aldis::on(context));
    tick.send();
    context.run();
    CHECK(ended);
    CHECK(result == (later ? disconnect_result::disconnected : disconnect_result::deferred));
  }
}

TEST_CASE("a coroutine keeps its tracked objects alive while it runs") {
  asio::io_context context;
  aldis::signal<void(std::string_view)> ready;
  std::vector<std::string> seen;
  auto w = std::make_shared<worker>(worker{&seen});
  const std::weak_ptr<worker> watched = w;
  const auto c = ready.connect<&worker::on>(w, aldis::on(context));
  ready.send("a");
  context.run_one();
  w.reset();
  CHECK_FALSE(watched.expired());
  c.disconnect();
  context.run();
  CHECK(watched.expired());
}

TEST_CASE("coroutines on a pool can be disconnected while they run") {
  asio::thread_pool pool(2);
  aldis::signal<void(int)> ready;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  struct count_end {
    std::atomic<int>& ended;
    ~count_end() { ++ended; }
  };
  for (int i = 0; i < 200; ++i) {
    const auto c = ready.connect(
        [&](int) -> asio::awaitable<void> {
          ++begun;
          const count_end end{ended};
          for (int n = 0; n < 3; ++n) co_await asio::post(asio::use_awaitable);
          co_await for_ever();
        },
        aldis::on(pool));
    for (int n = 0; n < 4; ++n) ready.send(n);
    c.disconnect();
  }
  pool.join();
  CHECK(begun == ended);
}

TEST_CASE("drained inside the receiver's own coroutine fails with resource_deadlock_would_occur") {
  asio::io_context context;
  aldis::signal<void(bool)> ready;
  aldis::connection c;
  std::vector<boost::system::error_code> errors;
  const auto receiver = [&](bool leave) -> asio::awaitable<void> {
    const aldis::connection self = c;
    if (leave) self.disconnect();
    const auto [error] = co_await aldis::drained(self, asio::as_tuple(asio::use_awaitable));
    errors.push_back(error);
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await asio::post(asio::use_awaitable);
    const auto [again] = co_await aldis::drained(self, asio::as_tuple(asio::use_awaitable));
    errors.push_back(again);
  };
  SUBCASE("in an io_context") { c = ready.connect(receiver, aldis::on(context)); }
  SUBCASE("in any executor") {
    c = ready.connect(receiver, aldis::on(asio::any_io_executor(context.get_executor())));
  }
  ready.send(false);
  context.run();
  const auto told =
      boost::system::errc::make_error_code(boost::system::errc::resource_deadlock_would_occur);
  CHECK(errors == std::vector{told, told});

  errors.clear();
  ready.send(true);
  context.restart();
  context.run();
  REQUIRE(!errors.empty());
  CHECK(errors.front() == told);
}

TEST_CASE(
    "drained completes after the captures are destroyed, also if the disconnect did not wait") {
  asio::io_context context;
  aldis::signal<void()> tick;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  aldis::connection c;
  bool gone = false;
  bool early = true;
  c = tick.connect(
      [&, captured = std::move(captured)] {
        c.request_disconnect();
        aldis::drained(c, asio::bind_executor(context, [&](boost::system::error_code) {
                         gone = watched.expired();
                       }));
        context.poll();
        early = gone;
      },
      aldis::on(context));
  asio::post(context, [] {});
  tick.send();
  context.run();
  CHECK_FALSE(early);
  CHECK(gone);
}
