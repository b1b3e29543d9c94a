// next and stream

#include <aldis/aldis.hpp>
#include <aldis/async/stream.hpp>

#include "event.hpp"
#include "pool.hpp"
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

using aldis::overflow;
using namespace std::string_literals;

namespace {

asio::awaitable<void> collect(aldis::event_stream<int>& from, std::vector<int>& into) {
  while (auto n = co_await from.next()) into.push_back(*n);
}

void spawn(asio::io_context& context, asio::awaitable<void> work) {
  asio::co_spawn(context, std::move(work), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
}

}  // namespace

TEST_CASE("a stream yields every event in order, and ends with the signal") {
  asio::io_context context;
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  auto numbers = ready->stream();
  std::vector<int> seen;
  spawn(context, collect(numbers, seen));
  ready->send(1);
  context.poll();
  ready->send(2);
  ready->send(3);
  context.poll();
  CHECK(seen == std::vector{1, 2, 3});

  ready->send(4);
  ready.reset();
  context.run();
  CHECK(seen == std::vector{1, 2, 3, 4});
}

TEST_CASE("an event is one argument, a tuple of several, or a monostate; text is kept") {
  aldis::signal<void(std::string_view)> one;
  aldis::signal<void(int, std::string)> two;
  aldis::signal<void()> none;
  auto texts = aldis::stream(one);
  auto pairs = two.stream();
  auto ticks = none.stream();
  one.send("text "s + "that dies");
  two.send(1, "two");
  none.send();

  CHECK(*get(texts.next(asio::use_future)) == "text that dies");
  CHECK(*get(pairs.next(asio::use_future)) == std::tuple(1, "two"s));
  CHECK(get(ticks.next(asio::use_future)).has_value());
}

TEST_CASE("a full stream drops the oldest or the newest event, or fails, and counts them") {
  aldis::signal<void(int)> ready;
  auto oldest = ready.stream(2);
  auto newest = ready.stream(2, overflow::drop_newest);
  for (int i = 1; i <= 3; ++i) ready.send(i);
  CHECK(*get(oldest.next(asio::use_future)) == 2);
  CHECK(*get(newest.next(asio::use_future)) == 1);
  CHECK(oldest.dropped() == 1);
  CHECK(newest.dropped() == 1);

  auto failing = ready.stream(1, overflow::fail);
  ready.send(4);
  CHECK_THROWS_AS(ready.send(5), aldis::queue_full);
  CHECK_THROWS_AS(ready.stream(0), std::invalid_argument);
  CHECK_THROWS_AS(ready.stream(1, overflow::block), std::invalid_argument);
}

TEST_CASE("close ends a stream, whose events can still be taken") {
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream();
  ready.send(1);
  numbers.close();
  ready.send(2);
  CHECK(*get(numbers.next(asio::use_future)) == 1);
  CHECK_FALSE(get(numbers.next(asio::use_future)).has_value());
  CHECK(ready.size() == 0);
}

TEST_CASE("a cancelled next does not lose an event") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream();
  asio::cancellation_signal cancel;
  std::vector<std::string> seen;
  const auto note = [&](boost::system::error_code error, std::optional<int> n) {
    seen.push_back(error ? "cancelled" : std::to_string(n.value()));
  };
  numbers.next(asio::bind_cancellation_slot(cancel.slot(), asio::bind_executor(context, note)));
  numbers.next(asio::bind_executor(context, note));
  cancel.emit(asio::cancellation_type::terminal);
  ready.send(1);
  context.run();
  CHECK(seen == std::vector{"cancelled"s, "1"s});

  // Also if there is an event, but the handler has not run yet.
  numbers.next(asio::bind_cancellation_slot(cancel.slot(), asio::bind_executor(context, note)));
  ready.send(2);
  cancel.emit(asio::cancellation_type::terminal);
  context.restart();
  context.run();
  CHECK(seen == std::vector{"cancelled"s, "1"s, "cancelled"s});
  CHECK(*get(numbers.next(asio::use_future)) == 2);
  CHECK(numbers.dropped() == 0);
}

TEST_CASE("an event promised to a cancelled next goes to the one that waits next") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream(1);
  asio::cancellation_signal cancel;
  std::vector<std::string> seen;
  const auto note = [&](const char* who) {
    return asio::bind_executor(
        context, [&, who](boost::system::error_code error, std::optional<int> n) {
          seen.push_back(who + (error ? "cancelled" : std::to_string(n.value())));
        });
  };
  numbers.next(asio::bind_cancellation_slot(cancel.slot(), note("a ")));
  numbers.next(note("b "));
  ready.send(1);
  cancel.emit(asio::cancellation_type::terminal);
  ready.send(2);
  context.run();
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector{"a cancelled"s, "b 1"s});
  CHECK(*get(numbers.next(asio::use_future)) == 2);
}

TEST_CASE("next() || other loses no event when both are ready in one turn") {
  using namespace asio::experimental::awaitable_operators;
  constexpr int rounds = 20;
  asio::io_context context;
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream(rounds);
  std::vector<int> seen;
  int others = 0;
  // The other side is ready first in every second iteration.
  const auto race = [](auto& from, auto& of, auto& into, int& lost) -> asio::awaitable<void> {
    const auto here = co_await asio::this_coro::executor;
    for (int i = 0; i < rounds; ++i) {
      asio::steady_timer other(here, asio::steady_timer::time_point::max());
      asio::post(here, [&] {
        if (i % 2 == 0) other.cancel();
        of.send(i);
        if (i % 2 != 0) other.cancel();
      });
      const auto first = co_await (from.next(asio::use_awaitable) ||
                                   other.async_wait(asio::as_tuple(asio::use_awaitable)));
      if (first.index() == 0) into.push_back(std::get<0>(first).value());
      lost += first.index() == 1 ? 1 : 0;
    }
  };
  spawn(context, race(numbers, ready, seen, others));
  context.run();
  CHECK(others > 0);

  numbers.close();
  context.restart();
  spawn(context, collect(numbers, seen));
  context.run();
  std::vector<int> all(rounds);
  std::iota(all.begin(), all.end(), 0);
  CHECK(seen == all);
  CHECK(numbers.dropped() == 0);
}

TEST_CASE("a next that loses its executor does not lose an event") {
  auto ended = std::make_unique<asio::io_context>();
  asio::io_context context;
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream(1);
  std::vector<int> seen;
  std::vector<int> none;
  spawn(*ended, collect(numbers, none));
  ended->poll();
  spawn(context, collect(numbers, seen));
  context.poll();

  SUBCASE("before the event comes") { ended.reset(); }
  SUBCASE("before it runs") {}
  ready.send(1);
  ended.reset();
  context.restart();
  context.poll();
  CHECK(seen == std::vector{1});
  CHECK(none.empty());
  CHECK(numbers.dropped() == 0);
}

TEST_CASE("a moved-from stream has ended") {
  aldis::signal<void(int)> ready;
  auto from = ready.stream();
  auto to = std::move(from);
  ready.send(1);
  CHECK_FALSE(get(from.next(asio::use_future)).has_value());
  CHECK(from.dropped() == 0);
  from.close();
  CHECK(*get(to.next(asio::use_future)) == 1);
}

TEST_CASE("next completes with one event, and leaves no receiver connected") {
  asio::io_context context;
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  std::vector<std::string> seen;
  const auto note = [&](boost::system::error_code error, std::optional<int> n) {
    seen.push_back(error ? "cancelled" : n ? std::to_string(*n) : "ended");
  };
  ready->next(asio::bind_executor(context, note));
  ready->send(1);
  ready->send(2);
  CHECK(ready->size() == 0);

  asio::cancellation_signal cancel;
  aldis::next(*ready,
              asio::bind_cancellation_slot(cancel.slot(), asio::bind_executor(context, note)));
  CHECK(ready->size() == 1);
  cancel.emit(asio::cancellation_type::terminal);
  CHECK(ready->size() == 0);

  ready->next(asio::bind_executor(context, note));
  ready.reset();
  context.run();
  CHECK(seen == std::vector{"1"s, "cancelled"s, "ended"s});
}

TEST_CASE("next rejects an empty executor") {
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream();
  const auto without_executor = [] {
    return asio::bind_executor(asio::any_io_executor(),
                               [](boost::system::error_code, std::optional<int>) {});
  };
  CHECK_THROWS_AS(numbers.next(without_executor()), std::invalid_argument);
  CHECK_THROWS_AS(ready.next(without_executor()), std::invalid_argument);
  ready.send(1);
  CHECK(*get(numbers.next(asio::use_future)) == 1);
}

TEST_CASE("next can be awaited") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::optional<int> seen;
  spawn(context, [](auto& of, auto& result) -> asio::awaitable<void> {
    result = co_await of.next();
  }(ready, seen));
  context.poll();
  ready.send(7);
  context.run();
  CHECK(seen == 7);
}

TEST_CASE("with many senders and many waits, each event is taken exactly once") {
  asio::thread_pool pool(2);
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream(100'000);
  std::atomic<long> sum{0};
  std::atomic<int> count{0};
  constexpr int each = 1000;
  std::vector<std::future<void>> takers;
  for (int i = 0; i < 3; ++i) {
    takers.push_back(asio::co_spawn(
        pool,
        [](auto& from, auto& total, auto& events) -> asio::awaitable<void> {
          while (auto n = co_await from.next()) {
            total += *n;
            ++events;
          }
        }(numbers, sum, count),
        asio::use_future));
  }
  std::vector<std::thread> senders;
  for (int i = 0; i < 2; ++i) {
    senders.emplace_back([&] {
      for (int n = 1; n <= each; ++n) ready.send(n);
    });
  }
  for (std::thread& s : senders) s.join();
  numbers.close();
  for (auto& taker : takers) get(std::move(taker));
  CHECK(count == 2 * each);
  CHECK(sum == static_cast<long>(each) * (each + 1));
  pool.join();
}
