// Bounded queues.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include "event.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using aldis::overflow;

namespace {

struct queue_of_two {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;

  aldis::connection connect(overflow when_full) {
    return ready.connect([this](int n) { seen.push_back(n); },
                         aldis::on(context, {.capacity = 2, .overflow = when_full}));
  }
};

}  // namespace

TEST_CASE_FIXTURE(queue_of_two,
                  "with drop_oldest the newest calls are made, and the dropped ones are counted") {
  const auto c = connect(overflow::drop_oldest);
  for (int i = 1; i <= 4; ++i) CHECK(ready.send(i) == 1);
  CHECK(c.info().capacity == 2);
  CHECK(c.info().queued == 2);
  CHECK(c.info().dropped == 2);
  context.run();
  CHECK(seen == std::vector{3, 4});
  CHECK(c.info().started == 2);
  CHECK(c.info().queued == 0);
}

TEST_CASE_FIXTURE(queue_of_two,
                  "with drop_newest the oldest calls are made, and send counts only those") {
  const auto c = connect(overflow::drop_newest);
  CHECK(ready.send(1) == 1);
  CHECK(ready.send(2) == 1);
  CHECK(ready.send(3) == 0);
  context.run();
  CHECK(seen == std::vector{1, 2});
  CHECK(c.info().dropped == 1);
}

TEST_CASE_FIXTURE(queue_of_two, "with fail the send throws queue_full, which names the receiver") {
  const auto c = connect(overflow::fail);
  ready.send(1);
  ready.send(2);
  CHECK_THROWS_AS(ready.send(3), aldis::queue_full);
  CHECK_THROWS_WITH(ready.send(3), doctest::Contains("overflow.cpp"));
  CHECK_THROWS_WITH(ready.send(3), doctest::Contains("capacity 2"));
  context.run();
  CHECK(seen == std::vector{1, 2});
}

TEST_CASE("with block a send waits for room, and every call is made") {
  asio::thread_pool pool(1);
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  ready.connect([&](int n) { seen.push_back(n); }, aldis::on(pool, {.capacity = 2}));
  std::vector<int> sent;

  for (int i = 0; i < 2000; ++i) {
    ready.send(i);
    sent.push_back(i);
  }
  pool.join();

  CHECK(seen == sent);
}

TEST_CASE("block throws instead of waiting on a thread that empties the queue") {
  asio::io_context context;
  asio::thread_pool pool(1);
  aldis::signal<void(int)> ready;
  const aldis::on_options bounded{.capacity = 1};
  SUBCASE("io_context") {
    ready.connect([] {}, aldis::on(context, bounded));
  }
  SUBCASE("strand") {
    ready.connect([] {}, aldis::on(asio::make_strand(context), bounded));
  }
  SUBCASE("any_io_executor") {
    ready.connect([] {}, aldis::on(asio::any_io_executor(context.get_executor()), bounded));
  }
  SUBCASE("a strand inside any_io_executor") {
    ready.connect([] {}, aldis::on(asio::any_io_executor(asio::make_strand(context)), bounded));
  }
  int thrown = 0;
  asio::post(context, [&] {
    ready.send(1);
    try {
      ready.send(2);
    } catch (const aldis::queue_full& e) {
      CHECK(std::string(e.what()).find("this thread runs the executor") != std::string::npos);
      ++thrown;
    }
  });

  context.run();

  CHECK(thrown == 1);
}

TEST_CASE("block throws for a send from the pool that runs the receiver") {
  asio::thread_pool pool(1);
  aldis::signal<void(int)> ready;
  std::atomic<int> thrown{0};
  ready.connect(
      [&](int n) {
        if (n != 0) return;
        ready.send(1);
        try {
          ready.send(2);
        } catch (const aldis::queue_full&) {
          ++thrown;
        }
      },
      aldis::on(pool, {.capacity = 1}));
  ready.send(0);
  pool.join();
  CHECK(thrown == 1);
}

TEST_CASE("block needs an executor that knows its threads") {
  aldis::signal<void(int)> ready;
  CHECK_THROWS_AS(ready.connect([] {}, aldis::on(asio::system_executor(), {.capacity = 1})),
                  std::invalid_argument);
  CHECK(ready.size() == 0);
  ready.connect([] {}, aldis::on(asio::system_executor(),
                                 {.capacity = 1, .overflow = overflow::drop_oldest}));
}

TEST_CASE("a wait for room ends with the receiver, the signal or the executor") {
  auto context = std::make_unique<asio::io_context>();
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  aldis::connection c = ready->connect([] {}, aldis::on(*context, {.capacity = 1}));
  ready->send(1);
  event begun;
  std::atomic<std::size_t> called{99};
  std::thread sender([&, sent = ready.get()] {
    begun.set();
    called = sent->send(2);
  });
  REQUIRE(begun.wait());

  SUBCASE("disconnect") { c.disconnect(); }
  SUBCASE("request_disconnect") { c.request_disconnect(); }
  SUBCASE("executor") { context.reset(); }
  sender.join();

  CHECK(called == 0);
}

TEST_CASE("with many senders and a small queue, each call is made exactly once") {
  asio::thread_pool pool(2);
  aldis::signal<void(int)> ready;
  std::atomic<int> sum{0};
  std::atomic<int> calls{0};
  ready.connect(
      [&](int n) {
        sum += n;
        ++calls;
      },
      aldis::on(pool, {.capacity = 3}));
  std::vector<std::thread> senders;
  for (int t = 0; t < 3; ++t) {
    senders.emplace_back([&] {
      for (int i = 1; i <= 500; ++i) ready.send(i);
    });
  }
  for (std::thread& each : senders) each.join();
  pool.join();
  CHECK(calls == 1500);
  CHECK(sum == 3 * 500 * 501 / 2);
}
