#include <aldis/connection.hpp>
#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(std::is_nothrow_default_constructible_v<aldis::connection>);
static_assert(std::is_nothrow_copy_constructible_v<aldis::connection>);
static_assert(std::is_nothrow_move_constructible_v<aldis::connection>);
static_assert(std::is_copy_assignable_v<aldis::connection>);
static_assert(std::is_constructible_v<bool, aldis::connection>);
static_assert(!std::is_convertible_v<aldis::connection, bool>);

static_assert(!std::is_copy_constructible_v<aldis::scoped_connection>);
static_assert(!std::is_copy_assignable_v<aldis::scoped_connection>);
static_assert(std::is_nothrow_move_constructible_v<aldis::scoped_connection>);
static_assert(std::is_move_assignable_v<aldis::scoped_connection>);
static_assert(std::is_convertible_v<aldis::connection, aldis::scoped_connection>);

static_assert(!std::is_copy_constructible_v<aldis::connections>);
static_assert(std::is_nothrow_default_constructible_v<aldis::connections>);
static_assert(std::is_move_constructible_v<aldis::connections>);
static_assert(std::is_move_assignable_v<aldis::connections>);

static_assert(!std::is_copy_constructible_v<aldis::connection_block>);
static_assert(!std::is_copy_constructible_v<aldis::signal_mute>);

namespace {

using aldis::disconnect_result;
using std::chrono_literals::operator""ms;

void receiver(int n) { trace.push_back("receiver " + std::to_string(n)); }

}  // namespace

TEST_CASE("a default-constructed connection is not connected") {
  const aldis::connection none;

  CHECK_FALSE(none.connected());
  CHECK_FALSE(static_cast<bool>(none));
  CHECK_FALSE(none.blocked());
  CHECK(none.disconnect() == disconnect_result::not_connected);
  CHECK(none.request_disconnect() == disconnect_result::not_connected);
  CHECK(none.disconnect_for(1ms) == disconnect_result::not_connected);
  CHECK(none == aldis::connection());
  const aldis::connection_block block = none.block();
  CHECK_FALSE(none.blocked());
}

TEST_CASE("disconnect returns whether the receiver was connected") {
  aldis::signal<void(int)> ready;
  const aldis::connection a = ready.connect([](int) {});
  const aldis::connection b = ready.connect([](int) {});
  const aldis::connection c = ready.connect([](int) {});

  CHECK(a.disconnect() == disconnect_result::disconnected);
  CHECK(b.request_disconnect() == disconnect_result::disconnected);
  CHECK(c.disconnect_for(1ms) == disconnect_result::disconnected);
  CHECK(a.disconnect() == disconnect_result::not_connected);
  CHECK(b.request_disconnect() == disconnect_result::not_connected);
  CHECK(c.disconnect_for(1ms) == disconnect_result::not_connected);
  CHECK(ready.send(1) == 0);
}

TEST_CASE("a receiver's captures are destroyed before disconnect returns") {
  aldis::signal<void()> tick;
  const auto kept = std::make_shared<int>(1);
  std::vector<long> owners;
  char large[64] = {};

  const aldis::connection a = tick.connect([kept] {});
  const aldis::connection b = tick.connect([kept, large] { static_cast<void>(large[0]); });
  const aldis::connection c = tick.connect([] {}, aldis::when([kept] { return true; }));
  tick.send();
  for (const aldis::connection& each : {a, b, c}) {
    owners.push_back(kept.use_count());
    each.disconnect();
  }
  owners.push_back(kept.use_count());

  CHECK(owners == std::vector<long>{4, 3, 2, 1});
}

TEST_CASE("copies refer to the same receiver") {
  aldis::signal<void()> tick;
  const aldis::connection a = tick.connect([] {});
  const aldis::connection b = a;
  aldis::connection c;
  c = b;

  CHECK(a == b);
  CHECK(b == c);
  CHECK(c.disconnect() == disconnect_result::disconnected);
  CHECK_FALSE(a.connected());
  CHECK(a.disconnect() == disconnect_result::not_connected);
  CHECK(a == c);
}

TEST_CASE("a moved-from connection is empty, a self-assigned one unchanged") {
  aldis::signal<void()> tick;
  aldis::connection a = tick.connect([] {});
  const aldis::connection b = std::move(a);
  CHECK(a == aldis::connection());
  CHECK_FALSE(a.connected());
  CHECK(b.connected());

  a = b;
  auto& same = a;
  a = same;
  CHECK(a == b);
  a = std::move(same);
  CHECK(a == b);
  CHECK(b.connected());
}

TEST_CASE("the receiver stays connected when its connection object is destroyed") {
  aldis::signal<void()> tick;
  {
    const aldis::connection c = tick.connect([] {});
  }

  CHECK(tick.send() == 1);
}

TEST_CASE("an old connection does not refer to a later receiver in the same slot") {
  aldis::signal<void(int)> ready;
  const aldis::connection old = ready.connect(receiver);
  old.disconnect();
  for (int i = 0; i < 200; ++i) ready.connect([] {}).disconnect();
  const aldis::connection fresh = ready.connect(receiver);

  CHECK_FALSE(old == fresh);
  CHECK_FALSE(old.connected());
  CHECK(old.disconnect() == disconnect_result::not_connected);
  CHECK(fresh.connected());
}

TEST_CASE("inside its receiver a connection is disconnected at once, without waiting") {
  aldis::signal<void()> tick;
  aldis::connection own;
  std::vector<disconnect_result> results;
  std::vector<bool> connected;
  own = tick.connect([&] {
    connected.push_back(own.connected());
    results.push_back(own.disconnect());
    results.push_back(own.request_disconnect());
    results.push_back(own.disconnect_for(1ms));
    connected.push_back(own.connected());
  });

  tick.send();
  results.push_back(own.disconnect());
  tick.send();

  CHECK(results == std::vector{disconnect_result::deferred, disconnect_result::deferred,
                               disconnect_result::deferred, disconnect_result::not_connected});
  CHECK(connected == std::vector{true, false});
}

TEST_CASE("disconnecting a receiver that no thread is inside is complete during a send too") {
  aldis::signal<void()> tick;
  const auto kept = std::make_shared<int>(1);
  aldis::connection earlier;
  aldis::connection later;
  std::vector<disconnect_result> results;
  std::vector<long> owners;
  earlier = tick.connect([kept] {});
  tick.connect([&] {
    results.push_back(earlier.disconnect());
    owners.push_back(kept.use_count());
    results.push_back(later.disconnect());
    owners.push_back(kept.use_count());
  });
  later = tick.connect([kept] {});

  tick.send();

  CHECK(results == std::vector{disconnect_result::disconnected, disconnect_result::disconnected});
  CHECK(owners == std::vector<long>{2, 1});
}

TEST_CASE("a scoped connection disconnects in its destructor") {
  aldis::signal<void()> tick;
  {
    const aldis::scoped_connection c = tick.connect([] {});
    CHECK(c.connected());
    CHECK(tick.send() == 1);
  }
  CHECK(tick.send() == 0);
}

TEST_CASE("a scoped connection disconnects the old receiver before it takes a new one") {
  aldis::signal<void(int)> ready;
  aldis::scoped_connection c = ready.connect([] { trace.push_back("old"); });
  const aldis::connection old = c.get();

  c = ready.connect([] { trace.push_back("new"); });
  trace.clear();
  ready.send(1);

  CHECK(trace == calls{"new"});
  CHECK_FALSE(old.connected());
  CHECK(c.connected());
}

TEST_CASE("a scoped connection can be moved, assigned to itself, released and ended") {
  aldis::signal<void()> tick;
  aldis::scoped_connection a = tick.connect([] {});
  aldis::scoped_connection b = std::move(a);
  CHECK_FALSE(a.connected());
  CHECK(a.disconnect() == disconnect_result::not_connected);
  CHECK(b.connected());

  auto& same = b;
  b = std::move(same);
  CHECK(b.connected());

  const aldis::connection released = b.release();
  b = aldis::scoped_connection();
  CHECK(released.connected());

  b = released;
  CHECK(b.disconnect() == disconnect_result::disconnected);
  CHECK(b.disconnect() == disconnect_result::not_connected);
  CHECK_FALSE(released.connected());
}

TEST_CASE("a scoped connection that outlives its signal does nothing") {
  aldis::scoped_connection c;
  {
    aldis::signal<void()> tick;
    c = tick.connect([] {});
  }
  CHECK_FALSE(c.connected());
  c = aldis::scoped_connection();
}

TEST_CASE("a bag of connections disconnects them all") {
  aldis::signal<void(int)> ready;
  aldis::signal<void()> tick;
  {
    aldis::connections bag;
    CHECK(bag.empty());
    bag += ready.connect([] {});
    bag += ready.connect([] {});
    bag += tick.connect([] {});
    CHECK(bag.size() == 3);
    CHECK_FALSE(bag.empty());
  }
  CHECK(ready.size() == 0);
  CHECK(tick.size() == 0);
}

TEST_CASE("a bag counts only what is still connected, and can be cleared and used again") {
  aldis::signal<void(int)> ready;
  aldis::connections bag;
  const aldis::connection a = ready.connect([] {});
  bag += a;
  bag += ready.connect([] {});

  a.disconnect();
  CHECK(bag.size() == 1);
  bag.clear();
  CHECK(bag.empty());
  CHECK(ready.size() == 0);

  for (int i = 0; i < 100; ++i) {
    bag += ready.connect([] {}, aldis::once);
    ready.send(1);
  }
  bag += ready.connect([] {});
  CHECK(bag.size() == 1);
  CHECK(ready.size() == 1);
}

TEST_CASE("a bag can be moved and assigned to itself; assignment clears the old one") {
  aldis::signal<void()> tick;
  const aldis::connection a = tick.connect([] {});
  const aldis::connection b = tick.connect([] {});
  aldis::connections first;
  aldis::connections second;
  first += a;
  second += b;

  aldis::connections third = std::move(first);
  CHECK(first.empty());
  CHECK(third.size() == 1);
  first += tick.connect([] {});
  CHECK(first.size() == 1);

  third = std::move(second);
  CHECK_FALSE(a.connected());
  CHECK(b.connected());
  CHECK(second.empty());

  auto& same = third;
  third = std::move(same);
  CHECK(third.size() == 1);
  CHECK(b.connected());
}

TEST_CASE("declared last in a class, a bag is emptied before the class dies") {
  struct meter {
    std::vector<int> seen;
    aldis::connections kept;
    explicit meter(aldis::signal<void(int)>& from) {
      kept += from.connect([this](int n) { seen.push_back(n); });
    }
  };
  aldis::signal<void(int)> ready;
  auto m = std::make_unique<meter>(ready);

  ready.send(1);
  CHECK(m->seen == std::vector{1});
  m.reset();

  CHECK(ready.send(2) == 0);
}

TEST_CASE("a receiver may clear the bag that holds it") {
  aldis::signal<void()> tick;
  aldis::connections bag;
  int heard = 0;
  bag += tick.connect([&] {
    ++heard;
    bag.clear();
  });
  bag += tick.connect([&] { ++heard; });

  tick.send();
  tick.send();

  CHECK(heard == 1);
  CHECK(bag.empty());
}
