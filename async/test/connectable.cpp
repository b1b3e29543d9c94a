// Awaiting the connectable of a class.

#include <aldis/aldis.hpp>
#include <aldis/async/stream.hpp>

#include "pool.hpp"
#include <doctest/doctest.h>

#include <vector>

TEST_CASE("a connectable has next and stream") {
  asio::io_context context;
  aldis::signal<void(int)> told;
  const aldis::connectable<void(int)> shown = told;
  std::vector<int> heard;
  asio::co_spawn(
      context,
      [&]() -> asio::awaitable<void> {
        heard.push_back(*co_await shown.next(asio::use_awaitable));
        auto all = shown.stream(4);
        told.send(2);
        heard.push_back(*co_await all.next(asio::use_awaitable));
      },
      asio::detached);
  context.poll();

  told.send(1);
  context.run();

  CHECK(heard == std::vector<int>{1, 2});
}
