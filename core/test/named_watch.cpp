// registry::watch: reports every send of every named signal whose name matches.

#include <aldis/aldis.hpp>

#include "event.hpp"
#include "stress.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using strings = std::vector<std::string>;

std::string in_words(const aldis::send_report& r) {
  return std::string(r.signal) + " " + std::to_string(r.receivers) + (r.threw ? " threw" : "");
}

strings trace;
void note(const aldis::send_report& r) { trace.push_back(in_words(r)); }

/// Whether sends of the signal take the slow path because of an observer.
template <class Signature>
struct exposed : aldis::signal<Signature> {
  static bool watched(const aldis::signal<Signature>& s) {
    const auto* const core = static_cast<const exposed&>(s).state_.load();
    return core && (core->slow_path_reasons.load() & aldis::detail::slow_path_watched) != 0;
  }
};

}  // namespace

TEST_CASE("an observer gets a report of every send of matching signals, older and newer than it") {
  aldis::registry shop;
  auto& created = shop.named<void(int)>("orders.created");
  auto& paid = shop.named<int(std::string)>("orders.paid");
  auto& other = shop.named<void()>("customers.created");
  created.connect([] {});
  created.connect([] {}, aldis::from(1));
  paid.connect([] { return 1; });
  strings told;
  const auto watching =
      shop.watch("orders.*", [&](const aldis::send_report& r) { told.push_back(in_words(r)); });
  auto& later = shop.named<void()>("orders.sent");

  created.send(1);
  created.send(2);
  paid.send("x");
  paid.send_robust("x");
  static_cast<void>(paid.send_until([](int) { return true; }, "x"));
  other.send();
  later.send();
  shop.named<void()>("orders.sent.again").send();

  CHECK(told == strings{"orders.created 2", "orders.created 1", "orders.paid 1", "orders.paid 1",
                        "orders.paid 1", "orders.sent 0"});
}

TEST_CASE("sends without receivers are reported, and change nothing else") {
  aldis::registry shop;
  auto& tick = shop.named<void(int)>("tick");
  strings told;
  {
    const auto watching =
        shop.watch(">", [&](const aldis::send_report& r) { told.push_back(in_words(r)); });

    CHECK(tick.send(1) == 0);
    CHECK_FALSE(tick);
    CHECK(tick.size() == 0);
    const aldis::connection c = tick.connect([] {});
    CHECK(tick.size() == 1);
    {
      const auto muted = tick.mute();
      CHECK(tick.send(1) == 0);
    }
    CHECK(tick.send(1) == 1);
    c.disconnect();
    CHECK(tick.size() == 0);
    tick.connect([] {}, aldis::when([](int n) { return n == 7; }));
    CHECK(tick.send(1) == 0);
    CHECK(tick.send(7) == 1);
  }
  CHECK(told == strings{"tick 0", "tick 0", "tick 1", "tick 0", "tick 1"});
}

TEST_CASE("a report has the duration of the send and whether a receiver threw") {
  aldis::registry shop;
  auto& tick = shop.named<int()>("tick");
  std::vector<aldis::send_report> told;
  const auto watching = shop.watch("tick", [&](const aldis::send_report& r) { told.push_back(r); });
  tick.connect([] { return 1; });
  tick.send();
  tick.connect([]() -> int { throw std::runtime_error("no"); });
  tick.connect([] { return 3; });
  CHECK_THROWS_AS(tick.send(), std::runtime_error);
  tick.send_robust();
  try {
    throw 1;
  } catch (int) {
    tick.disconnect_all();
    tick.send();
  }

  REQUIRE(told.size() == 4);
  CHECK_FALSE(told[0].threw);
  CHECK(told[0].receivers == 1);
  CHECK(told[1].threw);
  CHECK(told[1].receivers == 2);
  CHECK(told[2].threw);
  CHECK(told[2].receivers == 3);
  CHECK_FALSE(told[3].threw);
  for (const auto& r : told) {
    CHECK(r.time >= std::chrono::nanoseconds(0));
    CHECK(r.time < std::chrono::minutes(1));
  }
}

TEST_CASE("the duration in a report is that of the receivers") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  std::chrono::steady_clock::duration inside{0};
  tick.connect([&] {
    const auto began = std::chrono::steady_clock::now();
    while (inside < std::chrono::microseconds(200)) {
      inside = std::chrono::steady_clock::now() - began;
    }
  });
  std::chrono::nanoseconds told{0};
  const auto watching = shop.watch("*", [&](const aldis::send_report& r) { told = r.time; });

  tick.send();

  CHECK(told >= inside);
}

TEST_CASE("several observers are called in the order of connection, each by its pattern") {
  aldis::registry shop;
  strings told;
  const auto as = [&](std::string name) {
    return [&told, name](const aldis::send_report& r) {
      told.push_back(name + ": " + std::string(r.signal));
    };
  };
  const auto a = shop.watch("a.*", as("1"));
  auto b = shop.watch(">", as("2"));
  const auto c = shop.watch("*.b", as("3"), aldis::priority(1));

  shop.named<void()>("a.b").send();
  shop.named<void()>("a.c").send();
  b.disconnect();
  shop.named<void()>("x.c").send();
  shop.named<void()>("a.c").send();

  CHECK(told == strings{"3: a.b", "1: a.b", "2: a.b", "1: a.c", "2: a.c", "1: a.c"});
}

TEST_CASE("a comparable observer is one receiver, and each watch removes its pattern") {
  aldis::registry shop;
  trace.clear();
  const auto a = shop.watch("a", note);
  {
    const auto ab = shop.watch("*", note);
    shop.named<void()>("a").send();
    shop.named<void()>("b").send();
  }
  shop.named<void()>("a").send();
  shop.named<void()>("b").send();

  CHECK(trace == strings{"a 0", "b 0", "a 0"});
}

TEST_CASE("observers get no reports of other registries and of anonymous signals") {
  aldis::registry shop;
  aldis::registry bank;
  trace.clear();
  const auto watching = shop.watch(">", note);

  bank.named<void()>("opened").send();
  aldis::signal<void()>().send();
  shop.named<void()>("opened").send();

  CHECK(trace == strings{"opened 0"});
}

TEST_CASE("the default registry can be watched, and names are any text") {
  trace.clear();
  const auto watching = aldis::default_registry().watch("test-watch.>", note);
  aldis::named<void()>("test-watch.a b..c").send();
  aldis::named<void()>("test-watch").send();

  CHECK(trace == strings{"test-watch.a b..c 0"});
}

TEST_CASE("watching a malformed pattern throws, and adds no observer") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  CHECK_THROWS_AS(static_cast<void>(shop.watch("a..b", note)), aldis::bad_topic);
  CHECK_FALSE(exposed<void()>::watched(tick));
}

TEST_CASE("without observers, sends return to the fast path") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  auto& tock = shop.named<void()>("tock");
  tick.connect([] {});
  CHECK_FALSE(exposed<void()>::watched(tick));
  {
    const auto watching = shop.watch("tick", [](const aldis::send_report&) {});
    CHECK(exposed<void()>::watched(tick));
    CHECK_FALSE(exposed<void()>::watched(tock));
    tick.send();
    CHECK(exposed<void()>::watched(tick));
  }
  // The first send finds no observer, the next one takes the fast path.
  tick.send();
  tick.send();
  CHECK_FALSE(exposed<void()>::watched(tick));
  CHECK(tick.send() == 1);

  trace.clear();
  const auto again = shop.watch("tick", note);
  tick.send();
  CHECK(trace == strings{"tick 1"});
}

TEST_CASE("a blocked observer gets reports again after the block") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  trace.clear();
  const auto watching = shop.watch("tick", note);
  {
    const auto block = watching.get().block();
    for (int i = 0; i < 5; ++i) tick.send();
  }
  tick.send();

  CHECK(trace == strings{"tick 0"});
}

TEST_CASE("sends of an observer are not reported, so that they do not recurse forever") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  auto& tock = shop.named<void()>("tock");
  int heard = 0;
  tock.connect([&] { ++heard; });
  strings told;
  const auto watching = shop.watch(">", [&](const aldis::send_report& r) {
    told.push_back(in_words(r));
    tick.send();
    tock.send();
  });

  tick.send();
  tock.send();

  CHECK(told == strings{"tick 0", "tock 1"});
  CHECK(heard == 3);
}

TEST_CASE("a send inside a send is reported before the outer one") {
  aldis::registry shop;
  auto& outer = shop.named<void()>("outer");
  auto& inner = shop.named<void()>("inner");
  outer.connect([&] { inner.send(); });
  trace.clear();
  const auto watching = shop.watch(">", note);

  outer.send();

  CHECK(trace == strings{"inner 0", "outer 1"});
}

TEST_CASE("exceptions of an observer are lost, and the other observers are called") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  tick.connect([] {});
  trace.clear();
  const auto bad =
      shop.watch(">", [](const aldis::send_report&) { throw std::runtime_error("no"); });
  const auto good = shop.watch(">", note);

  CHECK(tick.send() == 1);
  tick.connect([] { throw 7; });
  CHECK_THROWS_AS(tick.send(), int);

  CHECK(trace == strings{"tick 1", "tick 2 threw"});
}

TEST_CASE("an observer may disconnect itself, the receivers, and watch") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> gone = captured;
  const aldis::connection c = tick.connect([captured = std::move(captured)] {});
  aldis::scoped_connection watching;
  aldis::scoped_connection other;
  bool whole = false;
  trace.clear();
  watching = shop.watch("*", [&](const aldis::send_report&) {
    // The send is not inside a receiver any more, so this one is destroyed at once.
    whole = c.disconnect() == aldis::disconnect_result::disconnected && gone.expired();
    other = shop.watch("*", note);
    watching.disconnect();
  });

  CHECK(tick.send() == 1);
  CHECK(tick.send() == 0);

  CHECK(whole);
  CHECK(trace == strings{"tick 0"});
}

TEST_CASE("no observer runs after its disconnect has returned") {
  aldis::registry shop;
  auto& tick = shop.named<void()>("tick");
  event entered;
  event leave;
  std::atomic<bool> left{false};
  auto watching = shop.watch("tick", [&](const aldis::send_report&) {
    entered.set();
    // A disconnect that waits returns after this; one that does not returns before.
    static_cast<void>(leave.wait(std::chrono::milliseconds(50)));
    left = true;
  });
  std::jthread sender([&] { tick.send(); });
  REQUIRE(entered.wait());

  CHECK(watching.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(left);
}

TEST_CASE("the destructor of a registry waits for its observers, and handles may outlive it") {
  std::optional<aldis::registry> shop(std::in_place);
  auto& tick = shop->named<void()>("tick");
  event entered;
  event leave;
  std::atomic<bool> left{false};
  aldis::scoped_connection watching = shop->watch("tick", [&](const aldis::send_report&) {
    entered.set();
    static_cast<void>(leave.wait(std::chrono::milliseconds(50)));
    left = true;
  });
  std::jthread sender([&] { tick.send(); });
  REQUIRE(entered.wait());

  shop.reset();

  CHECK(left);
  CHECK_FALSE(watching.connected());
}

TEST_CASE("a registry may be destroyed in a send of its signal, and in a report") {
  auto shop = std::make_unique<aldis::registry>();
  auto* tick = &shop->named<void()>("tick");
  int told = 0;
  SUBCASE("in the send") {
    tick->connect([&] { shop.reset(); });
    const auto watching = shop->watch("*", [&](const aldis::send_report&) { ++told; });
    tick->send();
    CHECK(told == 0);
  }
  SUBCASE("in the report") {
    const auto watching = shop->watch("*", [&](const aldis::send_report& r) {
      ++told;
      shop.reset();
      CHECK(r.signal == "tick");
    });
    const auto second = shop->watch("*", [&](const aldis::send_report&) { ++told; });
    tick->send();
    CHECK(told == 1);
  }
}

TEST_CASE("no observer is called after its disconnect while other threads send") {
  aldis::registry shop;
  auto& tick = shop.named<void(int)>("a.tick");
  tick.connect([](int) {});
  std::atomic<int> wrong{0};
  {
    stress::hammer senders(2, [&](int i) { tick.send(i); });
    for (int i = 0; i < 2000; ++i) {
      auto bird = std::make_shared<stress::canary>();
      auto watching = shop.watch(
          i % 2 == 0 ? "a.*" : ">", [&wrong, bird = bird.get()](const aldis::send_report& r) {
            bird->users.fetch_add(1);
            if (!bird->alive.load() || r.receivers != 1 || r.signal != "a.tick") wrong.fetch_add(1);
            bird->users.fetch_sub(1);
          });
      if (i % 16 == 0) senders.wait_for(4);
      watching.disconnect();
      bird->alive = false;
      if (bird->users.load() != 0) wrong.fetch_add(1);
      if (i % 16 == 1) senders.wait_for(4);
    }
  }
  CHECK(wrong.load() == 0);
  tick.send(1);
  tick.send(1);
  CHECK_FALSE(exposed<void(int)>::watched(tick));
}

TEST_CASE("an observer gets a report of every send while other threads create signals") {
  aldis::registry shop;
  std::atomic<int> told{0};
  std::atomic<int> sent{0};
  const auto watching = shop.watch("a.>", [&](const aldis::send_report&) { told.fetch_add(1); });
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string name = "a." + std::to_string(i) + "." + std::to_string(t * (i % 2));
        shop.named<void()>(name).send();
        sent.fetch_add(1);
      }
    });
  }
  for (std::jthread& each : threads) each.join();

  CHECK(told == sent);
}
