#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>
#include <aldis/async/os_signal.hpp>
#include <aldis/async/stream.hpp>

#include "event.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <vector>

TEST_CASE("a signal of the system reaches every receiver, with and without an executor") {
  event heard;
  std::atomic<int> number{0};
  asio::io_context context;
  auto work = asio::make_work_guard(context);
  std::vector<int> seen;
  const aldis::scoped_connection a = aldis::os_signal(SIGUSR1).connect([&](int n) {
    number = n;
    heard.set();
  });
  const aldis::scoped_connection b = aldis::os_signal(SIGUSR1).connect(
      [&](int n) {
        seen.push_back(n);
        work.reset();
      },
      aldis::on(context), aldis::once);

  CHECK(std::raise(SIGUSR1) == 0);
  context.run();

  CHECK(heard.wait());
  CHECK(number == SIGUSR1);
  CHECK(seen == std::vector{SIGUSR1});
}

TEST_CASE("os_signals of different numbers are separate, and can be awaited as a stream") {
  auto first = aldis::os_signal(SIGUSR1).stream();
  auto second = aldis::os_signal(SIGUSR2).stream();
  for (int i = 0; i < 2; ++i) {
    CHECK(std::raise(SIGUSR2) == 0);
    CHECK(*get(second.next(asio::use_future)) == SIGUSR2);
  }
  CHECK(std::raise(SIGUSR1) == 0);
  CHECK(*get(first.next(asio::use_future)) == SIGUSR1);
}

TEST_CASE("a signal that cannot be caught cannot be connected to") {
  CHECK_THROWS_AS(aldis::os_signal(SIGKILL).connect([] {}), boost::system::system_error);
  CHECK_FALSE(aldis::os_signal(SIGKILL));
}
