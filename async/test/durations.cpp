// Durations that are too long to be represented, negative, or NaN.

#include <aldis/aldis.hpp>
#include <aldis/async/async_send.hpp>
#include <aldis/async/on.hpp>
#include <aldis/async/rate.hpp>

#include "pool.hpp"
#include <doctest/doctest.h>

#include <limits>
#include <string>
#include <vector>

namespace chrono = std::chrono;
using aldis::detail::saturated;
using seconds_as_double = chrono::duration<double>;

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double no_number = std::numeric_limits<double>::quiet_NaN();

/// The number of calls of a receiver with this option, after some sends and without waiting.
template <class Make>
int calls_of(Make make) {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  int calls = 0;
  ready.connect([&](int) { ++calls; }, aldis::on(context), make());
  for (int i = 0; i < 3; ++i) {
    ready.send(i);
    context.restart();
    context.poll();
  }
  return calls;
}

template <class Duration>
std::string ask_within(Duration time) {
  asio::io_context context;
  aldis::signal<int(int)> price;
  price.connect(
      [&](int n) -> asio::awaitable<int> {
        asio::steady_timer due(context, chrono::milliseconds(1));
        co_await due.async_wait(asio::use_awaitable);
        co_return 2 * n;
      },
      aldis::on(context));
  auto answers = price.async_send(4, aldis::within(time), future_on(context));
  context.run();
  try {
    return std::to_string(get(std::move(answers))[0].value);
  } catch (const boost::system::system_error& e) {
    return e.code() == asio::error::timed_out ? "timed out" : "another error";
  }
}

}  // namespace

TEST_CASE("a long duration saturates; a negative one, or NaN, is zero") {
  CHECK(saturated(chrono::nanoseconds::max()) == chrono::nanoseconds::max());
  CHECK(saturated(chrono::milliseconds::max()) == chrono::nanoseconds::max());
  CHECK(saturated(chrono::hours::max()) == chrono::nanoseconds::max());
  CHECK(saturated(chrono::years(1000)) == chrono::nanoseconds::max());
  CHECK(saturated(chrono::years(100)) ==
        chrono::duration_cast<chrono::nanoseconds>(chrono::years(100)));
  CHECK(saturated(seconds_as_double(infinite)) == chrono::nanoseconds::max());
  CHECK(saturated(seconds_as_double(0.5)) == chrono::milliseconds(500));
  CHECK(saturated(chrono::nanoseconds::min()) == chrono::nanoseconds(0));
  CHECK(saturated(chrono::hours::min()) == chrono::nanoseconds(0));
  CHECK(saturated(seconds_as_double(-infinite)) == chrono::nanoseconds(0));
  CHECK(saturated(seconds_as_double(no_number)) == chrono::nanoseconds(0));
}

TEST_CASE("debounce and throttle with an infinite time wait forever") {
  CHECK(calls_of([] { return aldis::debounce(chrono::nanoseconds::max()); }) == 0);
  CHECK(calls_of([] { return aldis::debounce(chrono::milliseconds::max()); }) == 0);
  CHECK(calls_of([] { return aldis::debounce(chrono::hours::max()); }) == 0);
  CHECK(calls_of([] { return aldis::debounce(seconds_as_double(infinite)); }) == 0);
  CHECK(calls_of([] { return aldis::throttle(chrono::nanoseconds::max()); }) == 1);
  CHECK(calls_of([] { return aldis::throttle(chrono::hours::max()); }) == 1);
}

TEST_CASE("debounce and throttle with a negative time do not wait") {
  CHECK(calls_of([] { return aldis::throttle(chrono::seconds(-1)); }) == 3);
  CHECK(calls_of([] { return aldis::throttle(chrono::hours::min()); }) == 3);
  CHECK(calls_of([] { return aldis::throttle(seconds_as_double(no_number)); }) == 3);
  CHECK(calls_of([] { return aldis::debounce(chrono::hours::min()); }) == 3);
  CHECK(calls_of([] { return aldis::debounce(seconds_as_double(no_number)); }) == 3);
}

TEST_CASE("an infinite deadline never expires, and one of NaN expires at once") {
  CHECK(ask_within(chrono::nanoseconds::max()) == "8");
  CHECK(ask_within(chrono::milliseconds::max()) == "8");
  CHECK(ask_within(chrono::seconds::max()) == "8");
  CHECK(ask_within(chrono::hours::max()) == "8");
  CHECK(ask_within(seconds_as_double(infinite)) == "8");
  CHECK(ask_within(chrono::seconds(-1)) == "timed out");
  CHECK(ask_within(chrono::hours::min()) == "timed out");
  CHECK(ask_within(seconds_as_double(no_number)) == "timed out");
}

TEST_CASE("a manual clock saturates at the maximum, and never goes back") {
  aldis::manual_clock clock;
  int due = 0;
  clock.call_at(chrono::nanoseconds::max(), [&] { ++due; });
  clock.advance(chrono::seconds(1));
  clock.advance(chrono::seconds(-1));
  CHECK(clock.now() == chrono::seconds(1));
  CHECK(due == 0);
  clock.advance(chrono::hours::max());
  CHECK(clock.now() == chrono::nanoseconds::max());
  CHECK(due == 1);
}
