// Signals, connections and executors end in any order.

#include <aldis/aldis.hpp>
#include <aldis/async/async_send.hpp>
#include <aldis/async/drained.hpp>
#include <aldis/async/on.hpp>
#include <aldis/async/rate.hpp>
#include <aldis/async/stream.hpp>

#include "event.hpp"
#include "for_ever.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

namespace {

enum class what { signal, connection, executor };

const what orders[][3] = {
    {what::signal, what::connection, what::executor},
    {what::signal, what::executor, what::connection},
    {what::connection, what::signal, what::executor},
    {what::connection, what::executor, what::signal},
    {what::executor, what::signal, what::connection},
    {what::executor, what::connection, what::signal},
};

/// A signal with connections, queued calls and a running coroutine.
template <class Executor>
struct world {
  std::shared_ptr<int> captured = std::make_shared<int>(1);
  std::weak_ptr<int> watched = captured;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
  std::unique_ptr<aldis::signal<void(std::string)>> signal =
      std::make_unique<aldis::signal<void(std::string)>>();
  std::unique_ptr<aldis::connection> plain;
  std::unique_ptr<aldis::connection> coroutine;

  world() {
    const Executor executor = make(*context);
    plain = std::make_unique<aldis::connection>(signal->connect(
        [captured = captured](const std::string&) { ++*captured; }, aldis::on(executor)));
    coroutine = std::make_unique<aldis::connection>(signal->connect(
        [captured = captured](const std::string&) -> asio::awaitable<void> {
          co_await for_ever();
          ++*captured;
        },
        aldis::on(executor)));
    captured.reset();
    signal->send("this text does not fit into the string itself");
    context->poll();
    signal->send("nor does this one, which stays in the queues");
  }

  static auto make(asio::io_context& c) {
    if constexpr (std::same_as<Executor, asio::strand<asio::io_context::executor_type>>) {
      return asio::make_strand(c);
    } else {
      return Executor(asio::make_strand(c));
    }
  }

  void end(what it) {
    switch (it) {
      case what::signal:
        signal.reset();
        break;
      case what::connection:
        plain->disconnect();
        coroutine->disconnect();
        plain.reset();
        coroutine.reset();
        break;
      case what::executor:
        context.reset();
        break;
    }
  }
};

template <class Executor>
void try_all_orders() {
  for (const auto& order : orders) {
    world<Executor> w;
    for (const what it : order) {
      w.end(it);
      if (w.signal) w.signal->send("and another text that does not fit inside");
    }
    CHECK(w.watched.expired());
  }
}

}  // namespace

TEST_CASE("signal, connections and executor may end in any order") {
  try_all_orders<asio::strand<asio::io_context::executor_type>>();
  try_all_orders<asio::any_io_executor>();
}

TEST_CASE("a receiver stays connected when its connection objects end") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int called = 0;
  {
    const auto c = tick.connect([&] { ++called; }, aldis::on(context));
  }
  tick.send();
  context.run();
  CHECK(called == 1);
}

TEST_CASE(
    "the queued calls of an executor that has ended are lost, and no longer counted by send") {
  auto context = std::make_unique<asio::io_context>();
  aldis::signal<void(int)> ready;
  const auto c = ready.connect([](int) {}, aldis::on(*context));
  CHECK(ready.send(1) == 1);
  CHECK(ready.send(2) == 1);
  context.reset();

  CHECK(ready.send(3) == 0);
  CHECK(c.connected());
  CHECK(c.info().dropped == 3);
  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
}

TEST_CASE("send does not count receivers of an executor that has ended, called before or not") {
  auto context = std::make_unique<asio::io_context>();
  aldis::signal<void(int)> ready;
  SUBCASE("alone, and never sent to") {
    ready.connect([](int) {}, aldis::on(*context));
  }
  SUBCASE("alone, with nothing queued") {
    ready.connect([](int) {}, aldis::on(*context));
    ready.send(1);
    context->run();
  }
  SUBCASE("paced") {
    ready.connect([](int) {}, aldis::on(*context), aldis::debounce(std::chrono::hours(1)));
    ready.connect([](int) {}, aldis::on(*context), aldis::throttle(std::chrono::hours(1)));
    ready.connect([](int) {}, aldis::on(*context), aldis::latest);
    ready.send(1);
    context->poll();
    ready.send(2);
  }
  context.reset();

  CHECK(ready.send(3) == 0);
  CHECK(ready.send(4) == 0);
}

TEST_CASE("a pool may end while other threads send and disconnect") {
  for (int round = 0; round < 50; ++round) {
    auto pool = std::make_unique<asio::thread_pool>(1);
    aldis::signal<void(int)> ready;
    std::atomic<int> called{0};
    auto c = ready.connect([&] { ++called; }, aldis::on(*pool));
    auto d =
        ready.connect([&]() -> asio::awaitable<void> { co_await for_ever(); }, aldis::on(*pool));
    event begun;
    std::thread sender([&] {
      for (int i = 0; i < 100; ++i) {
        ready.send(i);
        if (i == 10) begun.set();
      }
    });
    REQUIRE(begun.wait());
    pool->stop();
    std::thread other([&] { d.disconnect(); });
    pool.reset();
    sender.join();
    other.join();
    c.disconnect();
  }
}

TEST_CASE("the context of an awaited send may end, and so may those of its receivers") {
  aldis::signal<int(int)> total;
  auto receivers = std::make_unique<asio::io_context>();
  auto mine = std::make_unique<asio::io_context>();
  total.connect([](int n) { return n; }, aldis::on(*receivers));
  total.connect(
      [](int) -> asio::awaitable<int> {
        co_await for_ever();
        co_return 1;
      },
      aldis::on(*receivers));
  bool done = false;
  auto wait = [](aldis::signal<int(int)>& of, bool& flag) -> asio::awaitable<void> {
    static_cast<void>(co_await of.async_send(1));
    flag = true;
  };
  asio::co_spawn(*mine, wait(total, done), asio::detached);
  mine->poll();
  receivers->poll();

  SUBCASE("mine") {
    mine.reset();
    receivers.reset();
    CHECK_FALSE(done);
  }
  SUBCASE("the receivers'") {
    receivers.reset();
    mine->restart();
    mine->run();
    CHECK(done);
  }
  SUBCASE("the signal") {
    total.disconnect_all();
    receivers->restart();
    receivers->run();
    mine->restart();
    mine->run();
    CHECK(done);
  }
}

TEST_CASE("the context of a coroutine that waits for an event or for drained may end") {
  aldis::signal<void(int)> ready;
  asio::io_context asleep;
  const auto c = ready.connect([] {}, aldis::on(asleep));
  auto mine = std::make_unique<asio::io_context>();
  auto numbers = ready.stream(4);
  asio::co_spawn(
      *mine, [](auto& of) -> asio::awaitable<void> { co_await of.next(); }(numbers),
      asio::detached);
  asio::co_spawn(
      *mine, [](auto& of) -> asio::awaitable<void> { co_await of.next(); }(ready), asio::detached);
  ready.send(1);
  asio::co_spawn(
      *mine, [](auto& of) -> asio::awaitable<void> { co_await aldis::drained(of); }(c),
      asio::detached);
  mine->poll();
  mine->restart();
  asio::co_spawn(
      *mine, [](auto& of) -> asio::awaitable<void> { co_await of.next(); }(ready), asio::detached);
  mine->poll();

  mine.reset();

  CHECK(ready.send(2) == 2);
}
