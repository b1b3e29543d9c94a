#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include <boost/asio.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;

TEST_CASE("a receiver on an executor") {
  std::vector<std::string> seen;
  //[on]
  asio::io_context context;
  aldis::signal<void(std::string_view)> arrived;
  aldis::connection c =
      arrived.connect([&](std::string_view who) { seen.emplace_back(who); }, aldis::on(context));

  arrived.send("elephant");  // queued
  context.run();             // called
  //[/on]
  CHECK(seen == std::vector<std::string>{"elephant"});
}

TEST_CASE("failures") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int failures = 0;
  //[failed]
  tick.receiver_failed().connect([&](const aldis::connection&, std::exception_ptr) { ++failures; });
  tick.connect([] { throw 1; }, aldis::on(context));
  tick.connect([] { throw 2; },
               aldis::on(context, {.failed = [&](std::exception_ptr) { ++failures; }}));
  //[/failed]
  tick.send();
  context.run();
  CHECK(failures == 2);
}

TEST_CASE("coroutines") {
  asio::io_context context;
  std::vector<int> seen;
  //[coroutine]
  aldis::signal<int(int)> price;
  price.connect(
      [](int count) -> asio::awaitable<int> {
        co_await asio::post(asio::use_awaitable);  // an asynchronous operation
        co_return 2 * count;
      },
      aldis::on(context));
  price.connect([](int count) { return 3 * count; });

  auto ask = [&](int count) -> asio::awaitable<void> {
    for (const auto& answer : co_await price.async_send(count)) seen.push_back(answer.value);
  };
  asio::co_spawn(context, ask(10), asio::detached);
  //[/coroutine]
  context.run();
  CHECK(seen == std::vector{20, 30});
}

TEST_CASE("deadlines") {
  asio::io_context context;
  aldis::signal<int(int)> price;
  price.connect([](int count) { return 3 * count; });
  price.connect(
      []() -> asio::awaitable<int> {
        asio::steady_timer never(co_await asio::this_coro::executor,
                                 asio::steady_timer::time_point::max());
        co_await never.async_wait(asio::use_awaitable);
        co_return 2;
      },
      aldis::on(context));
  std::size_t answered = 0;
  int fastest = 0;
  auto ask = [&]() -> asio::awaitable<void> {
    using std::chrono_literals::operator""ms;
    //[within]
    auto outcomes = co_await price.async_send(10, aldis::within(5ms), aldis::robust);
    for (const auto& one : outcomes) answered += one.ok() ? 1u : 0u;
    //[/within]
    //[first_answer]
    auto offer = co_await price.async_send(10, aldis::first_answer, aldis::within(5ms));
    if (offer) fastest = offer->value;
    //[/first_answer]
  };
  asio::co_spawn(context, ask(), asio::detached);
  context.run();
  CHECK(answered == 1);
  CHECK(fastest == 30);
}

TEST_CASE("a thread waits for answers") {
  aldis::signal<int(int)> price;
  asio::thread_pool pool(1);
  price.connect([](int count) { return 3 * count; }, aldis::on(pool));
  //[use_future]
  const auto answers = price.async_send(10, asio::use_future).get();
  //[/use_future]
  CHECK(answers.front().value == 30);
}

TEST_CASE("drained") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int ended = 0;
  aldis::connection c = tick.connect(
      [&]() -> asio::awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        ++ended;
      },
      aldis::on(context));
  tick.send();
  auto stop = [&]() -> asio::awaitable<void> {
    //[drained]
    c.disconnect();
    co_await aldis::drained(c);
    // The last coroutine has ended, and the receiver's captures are destroyed.
    //[/drained]
  };
  context.poll_one();
  asio::co_spawn(context, stop(), asio::detached);
  context.run();
  CHECK(c.info().running == 0);
}

TEST_CASE("streams") {
  asio::io_context context;
  std::vector<int> seen;
  aldis::signal<void(int)> ready;
  //[stream]
  auto take = [&](aldis::event_stream<int> numbers) -> asio::awaitable<void> {
    while (auto n = co_await numbers.next()) seen.push_back(*n);
  };
  asio::co_spawn(context, take(ready.stream(16)), asio::detached);
  //[/stream]
  ready.send(1);
  ready.send(2);
  ready.disconnect_all();
  context.run();
  CHECK(seen == std::vector{1, 2});
}

TEST_CASE("overload") {
  using std::chrono_literals::operator""ms;
  asio::io_context context;
  aldis::signal<void(int)> moved;
  //[bounded]
  aldis::connection c = moved.connect(
      [](int) {}, aldis::on(context, {.capacity = 100, .overflow = aldis::overflow::drop_oldest}));
  moved.send(1);
  aldis::receiver_info info = c.info();  // queued, running, started, dropped, failures
  //[/bounded]
  CHECK(info.queued == 1);
  std::vector<int> seen;
  aldis::manual_clock clock;
  //[rate]
  moved.connect([&](int x) { seen.push_back(x); }, aldis::on(context), aldis::latest);
  moved.connect([&](int x) { seen.push_back(x); }, aldis::on(context),
                aldis::debounce(20ms, clock));
  moved.send(2);
  moved.send(3);
  clock.advance(20ms);  // in a test; by default, the steady clock
  //[/rate]
  context.run();
  CHECK(seen == std::vector{3, 3});
}
