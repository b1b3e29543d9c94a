// A signal connected to a signal, on an executor.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include "pool.hpp"
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

TEST_CASE("a signal connected to a signal on an executor is sent there, with the same arguments") {
  asio::io_context context;
  aldis::signal<void(std::string, int)> a;
  aldis::signal<void(std::string)> b;
  std::vector<std::string> heard;
  b.connect([&](const std::string& s) { heard.push_back(s); });
  a.connect(b, aldis::on(context));

  CHECK(a.send("first", 1) == 1);
  CHECK(a.send("second", 2) == 1);
  CHECK(heard.empty());
  context.run();

  CHECK(heard == std::vector<std::string>{"first", "second"});
}

TEST_CASE("queued sends of a connected signal are dropped when it ends") {
  asio::io_context context;
  aldis::signal<void(int)> a;
  std::optional<aldis::signal<void(int)>> b(std::in_place);
  int heard = 0;
  b->connect([&] { ++heard; });
  const auto c = a.connect(*b, aldis::on(context));

  a.send(1);
  b.reset();
  context.run();

  CHECK(heard == 0);
  CHECK_FALSE(c.connected());
  CHECK(a.send(2) == 0);
}
