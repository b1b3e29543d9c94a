// debounce, throttle and latest, with a manual clock.

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include "pool.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

using namespace std::chrono_literals;

namespace {

struct fixture {
  asio::io_context context;
  aldis::manual_clock clock;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;

  template <class Option>
  aldis::connection connect(Option option) {
    return ready.connect([this](int n) { seen.push_back(n); }, aldis::on(context), option);
  }
  void step(std::chrono::nanoseconds time) {
    clock.advance(time);
    context.restart();
    context.poll();
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "with latest a newer call replaces the waiting one") {
  const auto c = connect(aldis::latest);
  for (int i = 1; i <= 3; ++i) ready.send(i);
  step(0ms);
  ready.send(4);
  step(0ms);
  CHECK(seen == std::vector{3, 4});
  CHECK(c.info().dropped == 0);
}

TEST_CASE_FIXTURE(fixture, "debounce makes the last call when there was no send for its time") {
  connect(aldis::debounce(10ms, clock));
  ready.send(1);
  step(9ms);
  ready.send(2);
  step(9ms);
  CHECK(seen.empty());
  step(1ms);
  CHECK(seen == std::vector{2});
  step(100ms);
  CHECK(seen == std::vector{2});
  ready.send(3);
  step(10ms);
  CHECK(seen == std::vector{2, 3});
}

TEST_CASE_FIXTURE(fixture, "throttle makes the first call at once, then the last of each period") {
  connect(aldis::throttle(10ms, clock));
  ready.send(1);
  step(0ms);
  CHECK(seen == std::vector{1});
  ready.send(2);
  step(5ms);
  ready.send(3);
  CHECK(seen == std::vector{1});
  step(5ms);
  CHECK(seen == std::vector{1, 3});
  ready.send(4);
  step(9ms);
  CHECK(seen == std::vector{1, 3});
  step(1ms);
  CHECK(seen == std::vector{1, 3, 4});
  step(50ms);
  ready.send(5);
  step(0ms);
  CHECK(seen == std::vector{1, 3, 4, 5});
}

TEST_CASE_FIXTURE(fixture, "a send from a throttled receiver waits for its time") {
  ready.connect(
      [&](int n) {
        seen.push_back(n);
        if (n < 3) ready.send(n + 1);
      },
      aldis::on(context), aldis::throttle(10ms, clock));
  ready.send(1);
  step(0ms);
  CHECK(seen == std::vector{1});
  step(10ms);
  CHECK(seen == std::vector{1, 2});
  step(10ms);
  CHECK(seen == std::vector{1, 2, 3});
}

TEST_CASE_FIXTURE(fixture, "a disconnect drops a postponed call") {
  const auto c = connect(aldis::debounce(10ms, clock));
  ready.send(1);
  c.disconnect();
  step(10ms);
  CHECK(seen.empty());
}

TEST_CASE("debounce and throttle use the steady clock by default") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  ready.connect([&](int n) { seen.push_back(n); }, aldis::on(context), aldis::debounce(1ms));
  ready.connect([&](int n) { seen.push_back(-n); }, aldis::on(context), aldis::throttle(1ms));
  ready.send(1);
  ready.send(2);
  context.run();
  CHECK(seen.back() != 0);
  CHECK(std::count(seen.begin(), seen.end(), 2) == 1);
  CHECK(std::count(seen.begin(), seen.end(), -2) == 1);
}

TEST_CASE_FIXTURE(fixture, "a capacity together with debounce, throttle or latest is rejected") {
  CHECK_THROWS_AS(ready.connect([](int) {}, aldis::on(context, {.capacity = 3}), aldis::latest),
                  std::invalid_argument);
}
