// next and stream.

#include <aldis/aldis.hpp>
#include <aldis/async/stream.hpp>

#include "event.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
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

TEST_CASE("a full stream drops the oldest, or the newest, or fails; and counts") {
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

TEST_CASE("close ends a stream; what is in it can still be taken") {
  aldis::signal<void(int)> ready;
  auto numbers = ready.stream();
  ready.send(1);
  numbers.close();
  ready.send(2);
  CHECK(*get(numbers.next(asio::use_future)) == 1);
  CHECK_FALSE(get(numbers.next(asio::use_future)).has_value());
  CHECK(ready.size() == 0);
}

TEST_CASE("a cancelled next takes no event with it") {
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

  // Given before it is cancelled: then it is not cancelled.
  numbers.next(asio::bind_cancellation_slot(cancel.slot(), asio::bind_executor(context, note)));
  ready.send(2);
  cancel.emit(asio::cancellation_type::terminal);
  context.restart();
  context.run();
  CHECK(seen == std::vector{"cancelled"s, "1"s, "2"s});
}

TEST_CASE("next is the next event, once, and leaves nothing connected") {
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

TEST_CASE("no event is lost and none comes twice, with many senders and takers") {
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
