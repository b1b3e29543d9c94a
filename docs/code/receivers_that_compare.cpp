// docs/design/receivers-that-compare.md: each rule, asserted.

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

int calls = 0;
void count(int) { ++calls; }

struct view {
  void show(int) {}
};

}  // namespace

TEST_CASE("compare: functions, methods and ids; nothing else") {
  aldis::signal<void(int)> s;
  view a;
  s.connect(&count);
  s.connect(&count);
  s.connect(&view::show, a);
  s.connect<&view::show>(a);
  CHECK(s.size() == 2);

  const auto lambda = [] {};
  s.connect(lambda);
  s.connect(lambda);
  CHECK(s.size() == 4);
  CHECK_THROWS_AS(s.disconnect(lambda), std::invalid_argument);
  CHECK_THROWS_AS(s.is_connected(std::function<void(int)>(&count)), std::invalid_argument);
}

TEST_CASE("compare: connecting again returns the same connection") {
  aldis::signal<void(int)> s;
  const aldis::connection first = s.connect(&count, aldis::from(1));
  const aldis::connection second = s.connect(&count, aldis::from(2));
  CHECK(first == second);
  CHECK(s.send(2) == 1);
  CHECK(s.send(3) == 0);
  s.connect(&count);
  CHECK(s.send(3) == 1);
  CHECK(s.size() == 1);
}

TEST_CASE("compare: with conditions it is a receiver of its own, and still found") {
  aldis::signal<void(int)> s;
  s.connect(&count);
  s.connect(&count, aldis::when([](int n) { return n > 1; }));
  s.connect(&count, aldis::times(5));
  CHECK(s.size() == 3);
  CHECK(s.is_connected(&count));
  s.disconnect(&count);
  CHECK(s.size() == 0);
}

TEST_CASE("compare: an id connected again goes to the end of the order") {
  std::vector<int> order;
  const auto note = [&](int n) { return [&order, n] { order.push_back(n); }; };
  aldis::signal<void()> s;
  s.connect(note(1), aldis::id("x"));
  s.connect(note(2));
  s.connect(note(3), aldis::id("x"));
  s.send();
  CHECK(order == std::vector<int>{2, 3});
}

TEST_CASE("compare: another priority throws, none joins") {
  aldis::signal<void(int)> s;
  s.connect(&count, aldis::from(1), aldis::priority(3));
  CHECK_THROWS_AS(s.connect(&count, aldis::from(2), aldis::priority(4)), std::invalid_argument);
  CHECK_FALSE(s.has_receivers_for(2));
  s.connect(&count, aldis::from(2));
  CHECK(s.receivers()[0].priority == 3);
  CHECK(s.size() == 1);
}

TEST_CASE("compare: the first label stays") {
  aldis::signal<void(int)> s;
  s.connect(&count, aldis::label("one"));
  s.connect(&count, aldis::label("two"));
  CHECK(s.receivers()[0].label == "one");
}

TEST_CASE("compare: a new object at a dead one's address inherits nothing") {
  aldis::signal<void(int)> s;
  std::optional<view> room;
  room.emplace();
  auto owner = std::make_shared<int>();
  s.connect(&view::show, std::shared_ptr<view>(owner, &*room), aldis::from(1));
  owner.reset();

  room.emplace();
  s.connect(&view::show, *room, aldis::from(2));

  CHECK(s.send(1) == 0);
  CHECK(s.send(2) == 1);
}
