// Awaited sends.

#include <aldis/aldis.hpp>
#include <aldis/async/async_send.hpp>
#include <aldis/async/drained.hpp>
#include <aldis/async/on.hpp>

#include "event.hpp"
#include "for_ever.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// Runs the coroutine to its end on this thread.
void run(asio::io_context& context, asio::awaitable<void> work) {
  std::future<void> done = asio::co_spawn(context, std::move(work), asio::use_future);
  context.restart();
  context.run();
  get(std::move(done));
}

std::vector<int> values_of(const aldis::replies<int>& all) {
  std::vector<int> result;
  for (const auto& each : all) result.push_back(each.value);
  return result;
}

struct stopped {
  int* count;
  ~stopped() { ++*count; }
};

/// A receiver that never answers, and counts how often it is stopped.
auto endless(int& ended) {
  return [&ended](int) -> asio::awaitable<int> {
    const stopped end{&ended};
    co_await for_ever();
    co_return 1;
  };
}

}  // namespace

TEST_CASE("the answers are in receiver order, whichever receiver answers first") {
  asio::io_context context;
  asio::thread_pool pool(2);
  aldis::signal<int(int)> total;
  event last_has_answered;
  total.connect([&](int n) { return last_has_answered.wait() ? n + 1 : 0; }, aldis::on(pool));
  total.connect([](int n) { return n + 2; });
  total.connect(
      [&](int n) -> asio::awaitable<int> {
        co_await asio::post(asio::use_awaitable);
        last_has_answered.set();
        co_return n + 3;
      },
      aldis::on(context));
  std::vector<int> seen;

  run(context, [](auto& signal, auto& result) -> asio::awaitable<void> {
    result = values_of(co_await signal.async_send(10));
  }(total, seen));

  CHECK(seen == std::vector{11, 12, 13});
  pool.join();
}

TEST_CASE("async_send accepts every kind of completion token") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  total.connect([](int n) { return n; }, aldis::on(context));

  SUBCASE("deferred") {
    auto later = aldis::async_send(total, 1, asio::deferred);
    CHECK(context.poll() == 0);
    auto future = std::move(later)(asio::use_future);
    context.restart();
    context.run();
    CHECK(values_of(get(std::move(future))) == std::vector{1});
  }
  SUBCASE("use_awaitable") {
    std::vector<int> seen;
    run(context, [](auto& signal, auto& result) -> asio::awaitable<void> {
      result = values_of(co_await aldis::async_send(signal, 2, asio::use_awaitable));
    }(total, seen));
    CHECK(seen == std::vector{2});
  }
  SUBCASE("use_future") {
    auto future = total.async_send(3, asio::use_future);
    context.run();
    CHECK(values_of(get(std::move(future))) == std::vector{3});
  }
  SUBCASE("a callback") {
    std::vector<int> seen;
    total.async_send(4, asio::bind_executor(context, [&](const std::exception_ptr& error,
                                                         const aldis::replies<int>& all) {
                       CHECK_FALSE(error);
                       seen = values_of(all);
                     }));
    context.run();
    CHECK(seen == std::vector{4});
  }
}

TEST_CASE("async_send of a void signal completes with the number of receivers that ran") {
  asio::io_context context;
  aldis::signal<void(std::string_view)> ready;
  int called = 0;
  ready.connect([&] { ++called; });
  ready.connect([&] { ++called; }, aldis::on(context));
  ready.connect([&] { ++called; }, aldis::when([](std::string_view) { return false; }));
  ready.connect([&] { ++called; }, aldis::when([](std::string_view) { return false; }),
                aldis::on(context));
  ready.connect([&] { ++called; }, aldis::from("other"), aldis::on(context));

  auto future = ready.async_send("text", future_on(context));
  context.run();

  CHECK(get(std::move(future)) == 2);
  CHECK(called == 2);
}

TEST_CASE("async_send without receivers completes without answers") {
  asio::io_context context;
  const aldis::signal<int()> total;

  CHECK(get(total.async_send(asio::use_future)).empty());
}

TEST_CASE("the handler is never called inside the initiation") {
  asio::io_context context;
  aldis::signal<void()> tick;
  tick.connect([] {});
  bool done = false;

  tick.async_send(
      asio::bind_executor(context, [&](const std::exception_ptr&, std::size_t) { done = true; }));
  CHECK_FALSE(done);
  context.run();
  CHECK(done);
}

TEST_CASE("the first exception is the result, and cancels the other receivers") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  int ended = 0;
  int called = 0;
  total.connect(endless(ended), aldis::on(context));
  total.connect(
      [](int) -> asio::awaitable<int> {
        co_await asio::post(asio::use_awaitable);
        throw std::runtime_error("no");
      },
      aldis::on(context));

  auto future = total.async_send(1, future_on(context));
  context.run();

  CHECK_THROWS_WITH(get(std::move(future)), "no");
  CHECK(ended == 1);

  total.connect([](int) -> int { throw std::runtime_error("at once"); }, aldis::priority(1));
  total.connect([&](int) { return ++called; });
  context.restart();
  auto again = total.async_send(1, future_on(context));
  context.run();
  CHECK_THROWS_WITH(get(std::move(again)), "at once");
  CHECK(called == 0);
}

TEST_CASE("with robust every outcome is a value or an exception") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  total.connect([](int n) { return n; });
  total.connect([](int) -> int { throw std::runtime_error("plain"); });
  total.connect([](int) -> int { throw std::runtime_error("queued"); }, aldis::on(context));
  total.connect([](int n) -> asio::awaitable<int> { co_return n + 1; }, aldis::on(context));

  auto future = total.async_send(1, aldis::robust, future_on(context));
  context.run();
  const aldis::outcomes<int> all = get(std::move(future));

  REQUIRE(all.size() == 4);
  CHECK(all[0].value() == 1);
  CHECK_THROWS_WITH(all[1].value(), "plain");
  CHECK_THROWS_WITH(all[2].value(), "queued");
  CHECK(all[3].value() == 2);
}

TEST_CASE("a deadline completes the send, and stops the receivers that can be stopped") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  int ended = 0;
  total.connect([](int n) { return n; });
  const auto c = total.connect(endless(ended), aldis::on(context));

  SUBCASE("as an error") {
    auto future = total.async_send(1, aldis::within(1ms), future_on(context));
    context.run();
    try {
      get(std::move(future));
      FAIL("no error");
    } catch (const boost::system::system_error& e) {
      CHECK(e.code() == asio::error::timed_out);
    }
  }
  SUBCASE("robust") {
    auto future = total.async_send(1, aldis::within(1ms), aldis::robust, future_on(context));
    context.run();
    const auto all = get(std::move(future));
    REQUIRE(all.size() == 2);
    CHECK(all[0].value() == 1);
    CHECK_THROWS_AS(all[1].value(), boost::system::system_error);
  }
  SUBCASE("of a receiver whose executor is asleep") {
    asio::io_context asleep;
    total.connect([](int n) { return n; }, aldis::on(asleep));
    auto future = total.async_send(1, aldis::within(1ms), future_on(context));
    context.run();
    CHECK_THROWS_AS(get(std::move(future)), boost::system::system_error);
  }
  CHECK(ended == 1);
}

TEST_CASE("first_answer completes with the first answer, and asks the other receivers to stop") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  int ended = 0;
  const auto slow = total.connect(endless(ended), aldis::on(context));

  SUBCASE("of a receiver that answers in place") {
    int called = 0;
    total.connect([](int n) { return n + 2; });
    total.connect([&](int n) { return ++called + n; });
    auto future = total.async_send(1, aldis::first_answer, future_on(context));
    context.run();
    const std::optional<aldis::reply<int>> first = get(std::move(future));
    REQUIRE(first);
    CHECK(first->value == 3);
    CHECK(called == 0);
  }
  SUBCASE("of one that answers later, and is told apart") {
    const auto quick = total.connect(
        [](int n) -> asio::awaitable<int> {
          co_await asio::post(asio::use_awaitable);
          co_return n + 3;
        },
        aldis::on(context));
    auto future = total.async_send(1, aldis::within(1h), aldis::first_answer, future_on(context));
    context.run();
    const std::optional<aldis::reply<int>> first = get(std::move(future));
    REQUIRE(first);
    CHECK(first->value == 4);
    CHECK(first->receiver == quick);
    CHECK(ended == 1);
  }
  SUBCASE("although another throws") {
    total.connect([](int) -> int { throw std::runtime_error("plain"); });
    total.connect([](int n) { return n; });
    auto future = total.async_send(5, aldis::first_answer, future_on(context));
    context.run();
    CHECK(get(std::move(future)).value().value == 5);
  }
  SUBCASE("or there is none in time") {
    auto future = total.async_send(1, aldis::first_answer, aldis::within(1ms), future_on(context));
    context.run();
    CHECK_THROWS_AS(get(std::move(future)), boost::system::system_error);
    CHECK(ended == 1);
  }
}

TEST_CASE("first_answer without an answer is empty, or the exception of a receiver") {
  asio::io_context context;
  aldis::signal<int(int)> total;

  auto nobody = total.async_send(1, aldis::first_answer, future_on(context));
  context.run();
  CHECK_FALSE(get(std::move(nobody)));

  total.connect([](int) -> int { throw std::runtime_error("plain"); });
  total.connect([](int) -> int { throw std::runtime_error("queued"); }, aldis::on(context));
  auto failed = total.async_send(1, aldis::first_answer, future_on(context));
  context.restart();
  context.run();
  CHECK_THROWS_WITH(get(std::move(failed)), "plain");
}

TEST_CASE("a send that completes in time cancels its timer") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  total.connect([](int n) { return n; }, aldis::on(context));

  // The timer would keep the context running for an hour.
  std::vector<int> seen;
  run(context, [](auto& signal, auto& result) -> asio::awaitable<void> {
    result = values_of(co_await signal.async_send(7, aldis::within(1h)));
  }(total, seen));

  CHECK(seen == std::vector{7});
}

TEST_CASE("cancelling the operation reaches every receiver") {
  asio::io_context context;
  asio::io_context asleep;
  aldis::signal<int(int)> total;
  int ended = 0;
  int called = 0;
  for (int i = 0; i < 2; ++i) {
    total.connect(endless(ended), aldis::on(context));
  }
  total.connect([&](int) { return ++called; }, aldis::on(asleep));
  asio::cancellation_signal cancel;
  std::exception_ptr error;

  total.async_send(
      1, asio::bind_cancellation_slot(
             cancel.slot(),
             asio::bind_executor(context, [&](const std::exception_ptr& e,
                                              const aldis::replies<int>&) { error = e; })));
  context.poll();
  CHECK_FALSE(error);
  cancel.emit(asio::cancellation_type::terminal);
  context.restart();
  context.run();
  asleep.run();

  REQUIRE(error);
  CHECK_THROWS_AS(std::rethrow_exception(error), boost::system::system_error);
  CHECK(ended == 2);
  CHECK(called == 0);
}

TEST_CASE("a receiver that is disconnected before its turn gives no answer") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  total.connect([](int n) { return n; });
  const auto c = total.connect([](int n) { return n + 1; }, aldis::on(context));
  total.connect([](int n) { return n + 2; }, aldis::on(context));

  auto future = total.async_send(1, future_on(context));
  c.disconnect();
  context.run();

  CHECK(values_of(get(std::move(future))) == std::vector{1, 3});
}

TEST_CASE("the signal may be destroyed while its answers are awaited") {
  asio::io_context context;
  auto total = std::make_unique<aldis::signal<int(int)>>();
  int ended = 0;
  total->connect([](int n) { return n; });
  total->connect(endless(ended), aldis::on(context));
  total->connect([](int n) { return n; }, aldis::on(context));

  auto future = total->async_send(1, future_on(context));
  SUBCASE("before they start") {
    total.reset();
    context.run();
    CHECK(ended == 0);
  }
  SUBCASE("while one runs") {
    context.run_one();
    total.reset();
    context.run();
    CHECK(ended == 1);
  }

  CHECK(values_of(get(std::move(future))) == std::vector{1});
}

TEST_CASE("async_send through a full queue waits for room without blocking") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  total.connect([](int n) { return n; }, aldis::on(context, {.capacity = 1}));

  std::vector<int> seen;
  run(context, [](auto& signal, auto& result) -> asio::awaitable<void> {
    auto first = signal.async_send(1, asio::use_future);
    result = values_of(co_await signal.async_send(2));
    result.push_back(get(std::move(first)).front().value);
  }(total, seen));

  CHECK(seen == std::vector{2, 1});
}

TEST_CASE("drained completes when the last running call has ended") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int ended = 0;
  const auto c = tick.connect(
      [&]() -> asio::awaitable<void> {
        const stopped end{&ended};
        co_await for_ever();
      },
      aldis::on(context));
  tick.send();
  tick.send();
  context.poll();
  context.restart();

  int at_the_end = -1;
  run(context, [](auto& of, int& count, int& result) -> asio::awaitable<void> {
    of.disconnect();
    co_await aldis::drained(of);
    result = count;
  }(c, ended, at_the_end));

  CHECK(at_the_end == 2);
}

TEST_CASE("drained completes at once if no call is queued or running, and can be cancelled") {
  asio::io_context context;
  aldis::signal<void()> tick;
  const auto plain = tick.connect([] {});
  const auto queued = tick.connect([] {}, aldis::on(context));
  get(aldis::drained(plain, asio::use_future));
  get(aldis::drained(queued, asio::use_future));
  get(aldis::drained(aldis::connection(), asio::use_future));

  tick.send();
  asio::cancellation_signal cancel;
  boost::system::error_code result;
  asio::io_context other;
  aldis::drained(
      queued, asio::bind_cancellation_slot(
                  cancel.slot(), asio::bind_executor(other, [&](boost::system::error_code error) {
                    result = error;
                  })));
  other.poll();
  CHECK_FALSE(result);
  cancel.emit(asio::cancellation_type::terminal);
  other.restart();
  other.run();
  CHECK(result == asio::error::operation_aborted);
}

TEST_CASE("awaited sends complete while receivers on a pool connect and disconnect") {
  asio::thread_pool pool(2);
  aldis::signal<int(int)> total;
  total.connect([](int n) { return n; });
  total.connect(
      [](int n) -> asio::awaitable<int> {
        co_await asio::post(asio::use_awaitable);
        co_return n;
      },
      aldis::on(pool));
  std::atomic<bool> stop{false};
  std::thread churn([&] {
    while (!stop) {
      const auto c = total.connect(
          [](int n) -> asio::awaitable<int> {
            co_await asio::post(asio::use_awaitable);
            co_await asio::post(asio::use_awaitable);
            co_return n;
          },
          aldis::on(pool));
      std::this_thread::yield();
      c.disconnect();
    }
  });
  std::atomic<int> wrong{0};
  for (int i = 0; i < 300; ++i) {
    auto a = total.async_send(i, asio::use_future);
    auto b = total.async_send(-i, aldis::within(0ms), aldis::robust, asio::use_future);
    const auto all = get(std::move(a));
    if (all.size() < 2 || all.size() > 3) ++wrong;
    for (const auto& each : all) {
      if (each.value != i) ++wrong;
    }
    get(std::move(b));
  }
  stop = true;
  churn.join();
  pool.join();
  CHECK(wrong == 0);
}
