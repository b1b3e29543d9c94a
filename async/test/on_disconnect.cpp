// The guarantees of a disconnect for queued calls.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include "event.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

using aldis::disconnect_result;
using namespace std::chrono_literals;

TEST_CASE("a disconnect destroys the queued calls and their arguments, and none starts") {
  asio::io_context context;
  aldis::signal<void(std::shared_ptr<int>)> ready;
  int called = 0;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> capture = captured;
  const auto c =
      ready.connect([&called, captured = std::move(captured)] { ++called; }, aldis::on(context));
  auto argument = std::make_shared<int>(2);
  const std::weak_ptr<int> sent = argument;
  ready.send(std::move(argument));
  REQUIRE_FALSE(sent.expired());

  CHECK(c.disconnect() == disconnect_result::disconnected);

  CHECK(sent.expired());
  CHECK(capture.expired());
  context.run();
  CHECK(called == 0);
}

TEST_CASE("a disconnect waits for the running queued call, and detects a mutual wait") {
  asio::thread_pool pool(1);
  aldis::signal<void()> tick;
  event entered;
  event leave;
  std::atomic<bool> left{false};
  const auto c = tick.connect(
      [&] {
        entered.set();
        static_cast<void>(leave.wait(50ms));
        left = true;
      },
      aldis::on(pool));
  tick.send();
  tick.send();
  REQUIRE(entered.wait());

  CHECK(c.disconnect_for(1ms) == disconnect_result::timed_out);
  CHECK_FALSE(c.connected());
  CHECK(c.disconnect() == disconnect_result::not_connected);
  CHECK(left);
  pool.join();
}

TEST_CASE("a queued receiver may disconnect itself, which destroys its other queued calls") {
  asio::io_context context;
  aldis::signal<void()> tick;
  aldis::connection c;
  std::vector<disconnect_result> results;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> capture = captured;
  c = tick.connect([&, captured = std::move(captured)] { results.push_back(c.disconnect()); },
                   aldis::on(context));

  tick.send();
  tick.send();
  context.run();

  CHECK(results == std::vector{disconnect_result::deferred});
  CHECK(capture.expired());
}

TEST_CASE("queued calls that disconnect each other are detected as a mutual wait") {
  for (int round = 0; round < 50; ++round) {
    asio::thread_pool pool(2);
    aldis::signal<void()> x, y;
    aldis::connection in_x, in_y;
    std::latch both(2);
    disconnect_result from_x{}, from_y{};
    in_x = x.connect(
        [&] {
          both.arrive_and_wait();
          from_x = in_y.disconnect();
        },
        aldis::on(pool));
    in_y = y.connect(
        [&] {
          both.arrive_and_wait();
          from_y = in_x.disconnect();
        },
        aldis::on(pool));
    x.send();
    y.send();
    pool.join();

    const int told = (from_x == disconnect_result::would_deadlock ? 1 : 0) +
                     (from_y == disconnect_result::would_deadlock ? 1 : 0);
    REQUIRE(told == 1);
  }
}

TEST_CASE("the destructor of a signal waits for a running queued call") {
  asio::thread_pool pool(1);
  auto tick = std::make_unique<aldis::signal<void()>>();
  event entered;
  std::atomic<bool> left{false};
  tick->connect(
      [&] {
        entered.set();
        event never;
        static_cast<void>(never.wait(50ms));
        left = true;
      },
      aldis::on(pool));
  tick->send();
  REQUIRE(entered.wait());

  tick.reset();

  CHECK(left);
  pool.join();
}

namespace {

struct canary {
  std::atomic<bool> alive{true};
  std::atomic<int> users{0};
};

}  // namespace

TEST_CASE("no queued call runs after disconnect has returned, while other threads send") {
  asio::thread_pool pool(2);
  aldis::signal<void(int)> ready;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::atomic<int> calls{0};
  std::vector<std::thread> senders;
  for (int i = 0; i < 2; ++i) {
    senders.emplace_back([&] {
      for (int n = 0; !stop; ++n) ready.send(n);
    });
  }
  const auto capacity = aldis::on_options{.capacity = 16};

  for (int i = 0; i < 500; ++i) {
    auto bird = std::make_shared<canary>();
    auto captured = std::make_shared<int>(i);
    const std::weak_ptr<int> watched = captured;
    const auto c = ready.connect(
        [bird, captured = std::move(captured), &wrong, &calls](int) {
          bird->users.fetch_add(1);
          if (!bird->alive) wrong.fetch_add(1);
          calls.fetch_add(1);
          bird->users.fetch_sub(1);
        },
        aldis::on(pool, capacity));
    const int before = calls;
    if (i % 2 == 0) {
      while (calls == before) std::this_thread::yield();
    }
    c.disconnect();
    bird->alive = false;
    if (bird->users != 0 || !watched.expired()) wrong.fetch_add(1);
  }
  stop = true;
  for (std::thread& each : senders) each.join();
  pool.join();

  CHECK(wrong == 0);
  CHECK(calls > 0);
}

TEST_CASE("threads may connect, disconnect, send and self-disconnect at the same time") {
  asio::thread_pool pool(2);
  std::atomic<int> made{0};
  std::atomic<int> gone{0};
  struct tracer {
    std::atomic<int>* gone;
    explicit tracer(std::atomic<int>& m, std::atomic<int>& g) : gone(&g) { ++m; }
    tracer(const tracer&) = delete;
    tracer& operator=(const tracer&) = delete;
    ~tracer() { ++*gone; }
  };
  struct known_connection {
    aldis::connection is;
    event known;
  };
  {
    aldis::signal<void(std::string)> ready;
    std::atomic<bool> stop{false};
    std::thread sender([&] {
      while (!stop) ready.send("some text that does not fit inside the string");
    });
    for (int i = 0; i < 300; ++i) {
      auto own = std::make_shared<known_connection>();
      auto trace = std::make_shared<tracer>(made, gone);
      own->is = ready.connect(
          [own = std::weak_ptr(own), trace](const std::string&) {
            if (const auto c = own.lock(); c && c->known.wait()) c->is.request_disconnect();
          },
          aldis::on(pool, {.capacity = 4, .overflow = aldis::overflow::drop_oldest}));
      own->known.set();
      trace.reset();
      if (i % 3 == 0) own->is.disconnect();
      if (i % 3 == 1) own->is.request_disconnect();
    }
    stop = true;
    sender.join();
  }
  pool.join();
  CHECK(made == 300);
  CHECK(gone == 300);
}
