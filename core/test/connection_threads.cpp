// The guarantees of a disconnect while another thread is inside the receiver.

#include <aldis/signal.hpp>

#include "event.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using aldis::disconnect_result;
using std::chrono_literals::operator""ms;

/// A receiver that another thread enters, and stays inside until it is released.
struct visit {
  event entered;
  event leave;
  std::atomic<bool> left{false};
  std::atomic<bool> patient{true};

  void operator()() {
    entered.set();
    // A disconnect that waits returns after this; one that does not returns before.
    static_cast<void>(leave.wait(patient ? 20'000ms : 50ms));
    left = true;
  }
};

}  // namespace

TEST_CASE("disconnect waits until the other thread has left, and then the captures are gone") {
  aldis::signal<void()> tick;
  visit v;
  v.patient = false;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  const aldis::connection c = tick.connect([&v, captured = std::move(captured)] { v(); });
  std::jthread sender([&] { tick.send(); });
  REQUIRE(v.entered.wait());

  const disconnect_result result = c.disconnect();

  CHECK(v.left);
  CHECK(watched.expired());
  CHECK(result == disconnect_result::disconnected);
  sender.join();
}

TEST_CASE("removing a subscription waits for a call that it selected") {
  struct listener {
    visit* v;
    void on(int) { (*v)(); }
  };
  aldis::signal<void(int)> ready;
  visit v;
  v.patient = false;
  listener l{&v};
  ready.connect<&listener::on>(l, aldis::from(0));
  int sent = 0;

  SUBCASE("removed alone") {
    ready.connect<&listener::on>(l, aldis::from(1));
    sent = 1;
    std::jthread sender([&] { ready.send(sent); });
    REQUIRE(v.entered.wait());
    CHECK(ready.disconnect<&listener::on>(l, aldis::from(1)) == disconnect_result::disconnected);
    CHECK(v.left);
    sender.join();
  }
  SUBCASE("removed together with others, whichever of them selected the call") {
    SUBCASE("the first") { sent = 1; }
    SUBCASE("the second") { sent = 2; }
    aldis::scoped_connection c =
        ready.connected_to<&listener::on>(l, aldis::from(1), aldis::from(2));
    std::jthread sender([&] { ready.send(sent); });
    REQUIRE(v.entered.wait());
    CHECK(c.disconnect() == disconnect_result::disconnected);
    CHECK(v.left);
    sender.join();
  }
}

TEST_CASE(
    "request_disconnect and disconnect_for do not wait, and the last thread to leave destroys") {
  aldis::signal<void()> tick;
  visit v;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  const aldis::connection c = tick.connect([&v, captured = std::move(captured)] { v(); });
  std::jthread sender([&] { tick.send(); });
  REQUIRE(v.entered.wait());

  CHECK(c.request_disconnect() == disconnect_result::deferred);
  CHECK_FALSE(c.connected());
  CHECK(tick.send() == 0);
  CHECK(c.disconnect_for(1ms) == disconnect_result::timed_out);
  CHECK(c.disconnect_for(std::chrono::microseconds(1)) == disconnect_result::timed_out);
  CHECK_FALSE(v.left);
  CHECK_FALSE(watched.expired());

  v.leave.set();
  CHECK(c.disconnect_for(std::chrono::seconds(20)) == disconnect_result::not_connected);
  CHECK(watched.expired());
  sender.join();
}

TEST_CASE("the sending thread destroys a receiver disconnected meanwhile before it continues") {
  aldis::signal<void()> tick;
  visit v;
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  bool gone = false;
  const aldis::connection c = tick.connect([&v, captured = std::move(captured)] { v(); });
  tick.connect([&] { gone = watched.expired(); });
  std::jthread sender([&] { tick.send(); });
  REQUIRE(v.entered.wait());

  CHECK(c.request_disconnect() == disconnect_result::deferred);
  v.leave.set();
  sender.join();

  CHECK(gone);
}

TEST_CASE("disconnect_all and the destructor of the signal wait for running receivers") {
  auto tick = std::make_unique<aldis::signal<void()>>();
  visit v;
  v.patient = false;
  tick->connect([&] { v(); });
  auto* const sent = tick.get();
  std::jthread sender([&] { sent->send(); });
  REQUIRE(v.entered.wait());

  SUBCASE("disconnect_all") { CHECK(tick->disconnect_all() == disconnect_result::disconnected); }
  SUBCASE("the destructor") { tick.reset(); }
  SUBCASE("move assignment") { *tick = aldis::signal<void()>(); }

  CHECK(v.left);
  sender.join();
}

TEST_CASE("the destructors of a scoped connection and of a bag wait for running receivers") {
  aldis::signal<void()> tick;
  visit v;
  v.patient = false;
  auto scoped = std::make_unique<aldis::scoped_connection>();
  auto bag = std::make_unique<aldis::connections>();
  SUBCASE("scoped_connection") {
    *scoped = tick.connect([&] { v(); });
  }
  SUBCASE("connections") {
    *bag += tick.connect([&] { v(); });
  }
  std::jthread sender([&] { tick.send(); });
  REQUIRE(v.entered.wait());

  scoped.reset();
  bag.reset();

  CHECK(v.left);
  sender.join();
}

TEST_CASE("receivers that disconnect each other are detected as a mutual wait") {
  aldis::signal<void()> first;
  aldis::signal<void()> second;
  event in_first;
  event in_second;
  aldis::connection a;
  aldis::connection b;
  disconnect_result of_a{};
  disconnect_result of_b{};
  std::atomic<bool> met{true};
  a = first.connect([&] {
    in_first.set();
    if (!in_second.wait()) met = false;
    of_b = b.disconnect();
  });
  b = second.connect([&] {
    in_second.set();
    if (!in_first.wait()) met = false;
    of_a = a.disconnect();
  });

  std::jthread other([&] { second.send(); });
  first.send();
  other.join();

  // One disconnect returns without waiting, the other waits until the first receiver has returned.
  CHECK(met);
  const bool told_a =
      of_a == disconnect_result::would_deadlock && of_b == disconnect_result::disconnected;
  const bool told_b =
      of_b == disconnect_result::would_deadlock && of_a == disconnect_result::disconnected;
  CHECK((told_a || told_b));
  CHECK_FALSE(a.connected());
  CHECK_FALSE(b.connected());
}

TEST_CASE("two threads inside one receiver may both disconnect it") {
  aldis::signal<void()> tick;
  event entered[2];
  std::atomic<int> next{0};
  std::atomic<int> deferred{0};
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  aldis::connection own;
  own = tick.connect([&, captured = std::move(captured)] {
    const int mine = next++;
    entered[mine].set();
    if (!entered[1 - mine].wait()) return;
    const disconnect_result result = own.disconnect();
    if (result == disconnect_result::deferred) ++deferred;
  });

  std::jthread other([&] { tick.send(); });
  tick.send();
  other.join();

  CHECK(next == 2);
  CHECK(deferred == 2);
  CHECK(watched.expired());
}

TEST_CASE("once with two sending threads is one call") {
  for (int round = 0; round < 200; ++round) {
    aldis::signal<void()> tick;
    event begin;
    std::atomic<int> called{0};
    std::atomic<std::size_t> ran{0};
    tick.connect([&] { ++called; }, aldis::times(3));
    const auto send = [&] {
      if (!begin.wait()) return;
      for (int i = 0; i < 5; ++i) ran += tick.send();
    };
    std::jthread a(send);
    std::jthread b(send);
    begin.set();
    a.join();
    b.join();

    REQUIRE(called == 3);
    REQUIRE(ran == 3);
    REQUIRE(tick.size() == 0);
  }
}

namespace {

/// False if the condition does not become true within the deadline.
template <class Condition>
bool comes_true(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace

TEST_CASE(
    "connections that a receiver adds to its bag during the bag's destruction are disconnected") {
  aldis::signal<void()> first, second, third;
  auto bag = std::make_unique<aldis::connections>();
  aldis::connections& all = *bag;
  event in_first, in_second;
  const aldis::connection of_first = first.connect([&] {
    in_first.set();
    // The bag waits for this receiver.
    const aldis::connection self = aldis::this_connection();
    CHECK(comes_true([&] { return !self.connected(); }));
    all += second.connect([&] {
      const aldis::connection other = aldis::this_connection();
      in_second.set();
      // And now for this one.
      CHECK(comes_true([&] { return !other.connected(); }));
      all += third.connect([] {});
    });
    CHECK(in_second.wait());
  });
  all += of_first;
  std::thread one([&] { first.send(); });
  std::thread two([&] { CHECK(comes_true([&] { return second.send() != 0; })); });
  CHECK(in_first.wait());

  bag.reset();
  one.join();
  two.join();

  CHECK(first.size() + second.size() + third.size() == 0);
}

TEST_CASE("assigning to a bag disconnects what its receivers add meanwhile") {
  aldis::signal<void()> tick, late;
  aldis::connections bag;
  event inside;
  aldis::connection running;
  running = tick.connect([&] {
    inside.set();
    CHECK(comes_true([&] { return !running.connected(); }));
    bag += late.connect([] {});
  });
  bag += running;
  std::thread sender([&] { tick.send(); });
  CHECK(inside.wait());

  aldis::connections other;
  bag = std::move(other);
  sender.join();

  // It was added to the old list or to the new one; both are disconnected.
  bag.clear();
  CHECK(late.size() == 0);
}

TEST_CASE("a bag waits for a receiver that ended itself and then added another") {
  aldis::signal<void()> tick, other;
  auto bag = std::make_unique<aldis::connections>();
  aldis::connections& all = *bag;
  // So many that the next add looks for disconnected ones.
  for (int i = 0; i < 15; ++i) {
    all += tick.connect([] {}, aldis::once);
    tick.send();
  }
  event added, ended;
  std::atomic<bool> left{false};
  all += tick.connect(
      [&] {
        all += other.connect([] {});
        added.set();
        // A bag that does not wait is destroyed before this returns.
        static_cast<void>(ended.wait(50ms));
        left = true;
      },
      aldis::once);
  std::thread sender([&] { tick.send(); });
  CHECK(added.wait());

  bag.reset();
  CHECK(left);
  ended.set();
  sender.join();
  CHECK(other.size() == 0);
}
