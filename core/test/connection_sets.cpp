// Connections as keys, and in bags.

#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <compare>
#include <concepts>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>
#include <vector>

static_assert(std::three_way_comparable<aldis::connection, std::strong_ordering>);
static_assert(std::totally_ordered<aldis::connection>);
static_assert(noexcept(std::hash<aldis::connection>()(aldis::connection())));

namespace {

/// Some connections: equal, disconnected and empty ones.
std::vector<aldis::connection> some_connections(aldis::signal<void()>& tick) {
  std::vector<aldis::connection> all(1);
  for (int i = 0; i < 20; ++i) all.push_back(tick.connect([] {}));
  for (int i = 0; i < 20; i += 3) all.push_back(all[static_cast<std::size_t>(i)]);
  all[5].disconnect();
  return all;
}

}  // namespace

TEST_CASE("connections have an order that agrees with equality") {
  aldis::signal<void()> tick;
  const auto all = some_connections(tick);

  for (const auto& a : all) {
    for (const auto& b : all) {
      CHECK(((a <=> b) == 0) == (a == b));
      CHECK((a < b) == (b > a));
      CHECK((a < b || b < a) == (a != b));
    }
  }
}

TEST_CASE("connections are keys of sets and maps") {
  aldis::signal<void()> tick;
  const auto all = some_connections(tick);
  const std::set<aldis::connection> ordered(all.begin(), all.end());
  const std::unordered_set<aldis::connection> hashed(all.begin(), all.end());

  CHECK(ordered.size() == 21);
  CHECK(hashed.size() == 21);
  for (const auto& each : all) {
    CHECK(ordered.count(each) == 1);
    CHECK(hashed.count(each) == 1);
  }
}

TEST_CASE("a key stays unequal to other connections after its receiver is gone") {
  aldis::signal<void()> tick;
  std::unordered_set<aldis::connection> ended;
  for (int i = 0; i < 100; ++i) {
    const auto c = tick.connect([] {});
    c.disconnect();
    CHECK(ended.insert(c).second);
  }
  const auto c = tick.connect([] {});

  CHECK(ended.count(c) == 0);
}

TEST_CASE("a bag's add returns the connection, which can be disconnected separately") {
  aldis::signal<void()> tick;
  int first = 0;
  int second = 0;
  {
    aldis::connections all;
    const aldis::connection one = all.add(tick.connect([&] { ++first; }));
    all.add(tick.connected_to([&] { ++second; }));
    tick.send();

    one.disconnect();
    tick.send();
    CHECK(all.size() == 1);
  }

  CHECK(first == 1);
  CHECK(second == 2);
  CHECK_FALSE(tick);
}
