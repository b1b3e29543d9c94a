#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(sizeof(aldis::signal<void()>) == 8);
static_assert(sizeof(aldis::signal<std::string(const std::string&, int)>) == 8);
static_assert(std::is_nothrow_default_constructible_v<aldis::signal<void(int)>>);
static_assert(!std::is_copy_constructible_v<aldis::signal<void(int)>>);
static_assert(!std::is_copy_assignable_v<aldis::signal<void(int)>>);
static_assert(std::is_nothrow_move_constructible_v<aldis::signal<void(int)>>);
static_assert(std::is_nothrow_move_assignable_v<aldis::signal<void(int)>>);
static_assert(!std::is_convertible_v<aldis::signal<void()>, bool>);
static_assert(std::is_constructible_v<bool, aldis::signal<void()>&>);
static_assert(std::is_same_v<aldis::signal<void()>::result_type, std::size_t>);
static_assert(std::is_same_v<aldis::signal<int()>::result_type, aldis::replies<int>>);
static_assert(
    std::is_same_v<decltype(std::declval<const aldis::signal<void(int)>&>().send(1)), std::size_t>);
static_assert(std::is_same_v<decltype(std::declval<aldis::signal<void()>&>().connect([] {})),
                             aldis::connection>);

// As docs/design/compile-time.md recommends, for templates that need one with one parameter.
template <class Signature>
using signal_of = aldis::signal<Signature>;
template <template <class> class Signal>
using wanted_by = Signal<void(int)>;
static_assert(std::is_same_v<wanted_by<signal_of>, aldis::signal<void(int)>>);

namespace {

// Constant-initialized, so that other initializers may send and connect.
constinit aldis::signal<void(int)> in_static_storage;

calls free_calls;
void free_receiver(int n) { free_calls.push_back("free " + std::to_string(n)); }

}  // namespace

TEST_CASE("a send calls every receiver with the arguments, in the order they connected") {
  aldis::signal<void(std::string_view, int)> sold;
  calls log;
  sold.connect([&](std::string_view what, int n) {
    log.push_back("first " + std::string(what) + ' ' + std::to_string(n));
  });
  sold.connect([&](std::string_view what, int n) {
    log.push_back("second " + std::string(what) + ' ' + std::to_string(n));
  });

  sold.send("pears", 3);
  sold.send("figs", 5);

  CHECK(log == calls{"first pears 3", "second pears 3", "first figs 5", "second figs 5"});
}

TEST_CASE("operator() is a send") {
  aldis::signal<void(int)> ready;
  calls log;
  ready.connect([&](int n) { log.push_back(std::to_string(n)); });

  const std::size_t called = ready(7);

  CHECK(called == 1);
  CHECK(log == calls{"7"});
}

TEST_CASE("a send returns how many receivers ran") {
  aldis::signal<void(int)> ready;
  const std::size_t none = ready.send(1);
  ready.connect([](int) {});
  const std::size_t one = ready.send(1);
  for (int i = 0; i < 9; ++i) ready.connect([](int) {});
  const std::size_t ten = ready.send(1);

  CHECK(std::vector{none, one, ten} == std::vector<std::size_t>{0, 1, 10});
}

TEST_CASE("a send does not count receivers whose conditions reject the call") {
  aldis::signal<void(int)> ready;
  ready.connect([](int) {});
  ready.connect([](int) {}, aldis::from(2));
  ready.connect([](int) {}, aldis::not_from(1));
  ready.connect([](int) {}, aldis::when([](int n) { return n == 3; }));

  const std::vector<std::size_t> ran{ready.send(1), ready.send(2), ready.send(3)};

  CHECK(ran == std::vector<std::size_t>{1, 3, 3});
}

TEST_CASE("a signal can be sent through a reference to const") {
  aldis::signal<void()> tick;
  int heard = 0;
  tick.connect([&] { ++heard; });

  const auto& seen = tick;
  seen.send();
  seen();

  CHECK(heard == 2);
}

TEST_CASE("a signal in static storage needs no construction") {
  int heard = 0;
  const aldis::scoped_connection c = in_static_storage.connect([&](int n) { heard += n; });

  in_static_storage.send(4);

  CHECK(heard == 4);
}

TEST_CASE("receivers may take only the first arguments") {
  aldis::signal<void(std::string_view, int, double)> measured;
  calls log;
  measured.connect([&] { log.push_back("none"); });
  measured.connect([&](std::string_view who) { log.push_back("one " + std::string(who)); });
  measured.connect([&](std::string_view who, int n) {
    log.push_back("two " + std::string(who) + ' ' + std::to_string(n));
  });
  measured.connect([&](std::string_view, int, double d) {
    log.push_back(d == 0.5 ? "three 0.5" : "three, something else");
  });

  measured.send("scale", 2, 0.5);

  CHECK(log == calls{"none", "one scale", "two scale 2", "three 0.5"});
}

TEST_CASE("a receiver with several overloads gets as many arguments as it accepts") {
  struct flexible {
    calls* log;
    void operator()() { log->push_back("none"); }
    void operator()(int n) { log->push_back("one " + std::to_string(n)); }
  };
  aldis::signal<void(int, int)> pair;
  calls log;
  pair.connect(flexible{&log});
  pair.connect([&](int a, int b = 100) { log.push_back("both " + std::to_string(a + b)); });

  pair.send(1, 2);

  CHECK(log == calls{"one 1", "both 3"});
}

TEST_CASE("has_receivers, bool and size follow connects and disconnects") {
  aldis::signal<void()> tick;
  struct state {
    bool has, converts;
    std::size_t size;
    bool operator==(const state&) const = default;
  };
  const auto now = [&] {
    return state{tick.has_receivers(), static_cast<bool>(tick), tick.size()};
  };
  std::vector<state> seen{now()};

  const aldis::connection a = tick.connect([] {});
  seen.push_back(now());
  const aldis::connection b = tick.connect([] {});
  seen.push_back(now());
  a.disconnect();
  seen.push_back(now());
  b.disconnect();
  seen.push_back(now());

  CHECK(
      seen ==
      std::vector<state>{
          {false, false, 0}, {true, true, 1}, {true, true, 2}, {true, true, 1}, {false, false, 0}});
}

TEST_CASE("a function connected twice is one receiver, and two equal lambdas are two") {
  aldis::signal<void(int)> ready;
  free_calls.clear();
  int lambdas = 0;
  const auto lambda = [&] { ++lambdas; };

  const aldis::connection first = ready.connect(free_receiver);
  const aldis::connection again = ready.connect(&free_receiver);
  const aldis::connection one = ready.connect(lambda);
  const aldis::connection two = ready.connect(lambda);
  const std::size_t called = ready.send(1);

  CHECK(first == again);
  CHECK_FALSE(one == two);
  CHECK(called == 3);
  CHECK(ready.size() == 3);
  CHECK(free_calls == calls{"free 1"});
  CHECK(lambdas == 2);
}

TEST_CASE("a receiver that is disconnected and connected again is called last") {
  aldis::signal<void(int)> ready;
  calls& log = free_calls;
  log.clear();
  ready.connect(free_receiver);
  ready.connect([&] { log.push_back("other"); });

  ready.connect(free_receiver);
  ready.send(1);
  ready.disconnect(free_receiver);
  ready.connect(free_receiver);
  ready.send(2);

  CHECK(log == calls{"free 1", "other", "other", "free 2"});
}

TEST_CASE("the order is kept when many receivers are connected and disconnected") {
  aldis::signal<void()> tick;
  std::vector<int> log;
  std::vector<int> expected;
  std::vector<std::pair<int, aldis::connection>> living;
  for (int i = 0; i < 1000; ++i) {
    living.emplace_back(i, tick.connect([&log, i] { log.push_back(i); }));
    if (i % 3 != 0) continue;
    const auto gone = living.begin() + (i * 7) % static_cast<int>(living.size());
    gone->second.disconnect();
    living.erase(gone);
  }
  for (const auto& [i, c] : living) expected.push_back(i);

  const std::size_t called = tick.send();

  CHECK(called == expected.size());
  CHECK(log == expected);
}

TEST_CASE("a moved signal keeps its receivers, connections and mutes") {
  aldis::signal<void(int)> from;
  calls log;
  const aldis::connection c = from.connect([&](int n) { log.push_back(std::to_string(n)); });
  aldis::signal_mute mute = from.mute();

  aldis::signal<void(int)> to = std::move(from);
  to.send(1);
  mute.unmute();
  to.send(2);

  CHECK(log == calls{"2"});
  CHECK(c.connected());
  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
  CHECK_FALSE(to.has_receivers());
}

TEST_CASE("a moved-from signal is empty and can be used again") {
  aldis::signal<void(int)> from;
  calls log;
  from.connect([&] { log.push_back("old"); });
  const aldis::signal<void(int)> to = std::move(from);

  CHECK(from.send(1) == 0);
  CHECK(from.size() == 0);
  CHECK_FALSE(from.has_receivers_for(1));
  CHECK(from.disconnect_all() == aldis::disconnect_result::not_connected);
  from.connect([&] { log.push_back("new"); });
  from.send(1);

  CHECK(log == calls{"new"});
}

TEST_CASE("move assignment disconnects the receivers of the replaced signal") {
  aldis::signal<void()> a;
  aldis::signal<void()> b;
  calls log;
  const aldis::connection of_a = a.connect([&] { log.push_back("a"); });
  const aldis::connection of_b = b.connect([&] { log.push_back("b"); });

  a = std::move(b);
  a.send();

  CHECK(log == calls{"b"});
  CHECK_FALSE(of_a.connected());
  CHECK(of_b.connected());
}

TEST_CASE("self-assignment does not change a signal") {
  aldis::signal<void()> tick;
  int heard = 0;
  const aldis::connection c = tick.connect([&] { ++heard; });

  auto& same = tick;
  tick = std::move(same);
  tick.send();

  CHECK(heard == 1);
  CHECK(c.connected());
}

TEST_CASE("a signal may be a member of a movable class") {
  struct button {
    aldis::signal<void(int)> clicked;
    int clicks = 0;
  };
  std::vector<button> buttons(1);
  calls log;
  buttons[0].clicked.connect([&](int n) { log.push_back(std::to_string(n)); });

  buttons.resize(20);
  buttons[0].clicked.send(1);
  buttons[19].clicked.send(2);

  CHECK(log == calls{"1"});
}

TEST_CASE("the destructor of a signal destroys the captures of its receivers") {
  struct witness {
    int* destroyed;
    witness(int* count) : destroyed(count) {}
    witness(witness&& other) noexcept : destroyed(std::exchange(other.destroyed, nullptr)) {}
    ~witness() {
      if (destroyed) ++*destroyed;
    }
    void operator()() const {}
  };
  int destroyed = 0;
  {
    aldis::signal<void()> tick;
    tick.connect(witness(&destroyed));
    tick.connect(witness(&destroyed), aldis::when([] { return true; }));
    tick.send();
    CHECK(destroyed == 0);
  }
  CHECK(destroyed == 2);
}

TEST_CASE("a signal can be connected to another signal") {
  aldis::signal<void(int)> inner;
  aldis::signal<void(int)> outer;
  calls log;
  inner.connect([&](int n) { log.push_back(std::to_string(n)); });
  outer.connect([&](int n) { inner.send(n + 1); });
  outer.connect(inner);

  outer.send(1);

  CHECK(log == calls{"2", "1"});
}
