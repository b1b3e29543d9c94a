// this_connection() in queued calls.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include "pool.hpp"
#include <doctest/doctest.h>

#include <vector>

using aldis::this_connection;

TEST_CASE("a queued receiver finds its own connection") {
  asio::io_context context;
  aldis::signal<void()> tick;
  std::vector<aldis::connection> seen;
  const auto note = [&] { seen.push_back(this_connection()); };
  const std::vector<aldis::connection> all{tick.connect(note, aldis::on(context)),
                                           tick.connect(note, aldis::on(context))};

  tick.send();
  CHECK(seen.empty());
  context.run();

  CHECK(seen == all);
  CHECK(this_connection() == aldis::connection());
}

TEST_CASE("a queued receiver that disconnects itself is not called again") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int calls = 0;
  const auto c = tick.connect(
      [&] {
        ++calls;
        this_connection().disconnect();
      },
      aldis::on(context));

  tick.send();
  tick.send();
  context.run();

  CHECK(calls == 1);
  CHECK_FALSE(c.connected());
}

TEST_CASE("a coroutine finds its connection up to its first suspension, and may keep it") {
  asio::io_context context;
  aldis::signal<void()> tick;
  aldis::connection before;
  aldis::connection after;
  bool kept = false;
  const auto c = tick.connect(
      [&]() -> asio::awaitable<void> {
        const aldis::connection self = before = this_connection();
        co_await asio::post(asio::use_awaitable);
        after = this_connection();
        kept = self.connected();
      },
      aldis::on(context));

  tick.send();
  context.run();

  CHECK(before == c);
  CHECK(after == aldis::connection());
  CHECK(kept);
}
