// Receivers are called by priority, highest first, then in the order of connection.

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

void receiver(int) { trace.push_back("receiver"); }

/// A model of a receiver, as the documentation describes it.
struct expected_receiver {
  int number;
  int priority;
  std::vector<int> from;  ///< empty: every sender
  int not_from;           ///< negative: none
  aldis::connection connection;

  bool hears(int sender) const {
    return sender != not_from &&
           (from.empty() || std::find(from.begin(), from.end(), sender) != from.end());
  }
};

}  // namespace

TEST_CASE("higher priorities come first, equal ones in the order of connection") {
  aldis::signal<void(int)> ready;
  calls heard;
  const auto add = [&](const char* name, int priority) {
    ready.connect([&heard, name] { heard.push_back(name); }, aldis::priority(priority));
  };
  add("0 a", 0);
  add("5 a", 5);
  add("-5 a", -5);
  add("5 b", 5);
  ready.connect([&] { heard.push_back("0 b"); });
  add("0 c", 0);
  add("lowest", INT32_MIN);
  add("highest", INT32_MAX);
  add("-5 b", -5);

  ready.send(1);

  CHECK(heard == calls{"highest", "5 a", "5 b", "0 a", "0 b", "0 c", "-5 a", "-5 b", "lowest"});
}

TEST_CASE("receivers of one sender and of all are called in one order") {
  aldis::signal<void(int)> ready;
  calls heard;
  ready.connect([&] { heard.push_back("a"); }, aldis::from(1));
  ready.connect([&] { heard.push_back("b"); });
  ready.connect([&] { heard.push_back("c"); }, aldis::from(1));
  ready.connect([&] { heard.push_back("d"); }, aldis::not_from(2));
  ready.connect([&] { heard.push_back("e"); }, aldis::from(2), aldis::from(1));
  ready.connect([&] { heard.push_back("f"); }, aldis::when([] { return true; }));
  ready.connect([&] { heard.push_back("g"); }, aldis::from(1), aldis::priority(1));
  ready.connect([&] { heard.push_back("h"); }, aldis::once);

  ready.send(1);
  heard.push_back("|");
  ready.send(2);

  CHECK(heard == calls{"g", "a", "b", "c", "d", "e", "f", "h", "|", "b", "e", "f"});
}

TEST_CASE("a subscription that is added later does not change the order of the receiver") {
  aldis::signal<void(int)> ready;
  trace.clear();
  ready.connect(receiver, aldis::from(1));
  ready.connect([] { trace.push_back("second"); }, aldis::from(2));
  ready.connect([] { trace.push_back("third"); });

  ready.connect(receiver, aldis::from(2));
  ready.send(2);
  ready.connect(receiver);
  ready.send(3);

  CHECK(trace == calls{"receiver", "second", "third", "receiver", "third"});
}

TEST_CASE("a later subscription has the priority of its receiver") {
  aldis::signal<void(int)> ready;
  trace.clear();
  ready.connect([] { trace.push_back("other"); });
  ready.connect(receiver, aldis::from(1), aldis::priority(2));
  ready.connect(receiver, aldis::from(2));
  ready.connect(receiver, aldis::from(3), aldis::priority(2));

  for (int sender = 1; sender <= 3; ++sender) ready.send(sender);

  CHECK(trace == calls{"receiver", "other", "receiver", "other", "receiver", "other"});
}

TEST_CASE("connecting a receiver again with another priority throws, and changes nothing") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(1), aldis::priority(2));

  CHECK_THROWS_AS(ready.connect(receiver, aldis::from(2), aldis::priority(3)),
                  std::invalid_argument);
  CHECK_THROWS_AS(ready.connect(receiver, aldis::priority(0)), std::invalid_argument);

  trace.clear();
  for (int sender = 1; sender <= 3; ++sender) ready.send(sender);
  CHECK(trace == calls{"receiver"});
  CHECK(ready.size() == 1);

  ready.disconnect(receiver);
  ready.connect(receiver, aldis::priority(3));
  CHECK(ready.send(2) == 1);
}

TEST_CASE("the order of the calls is that of an obviously correct model") {
  constexpr int senders = 6;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    aldis::signal<void(int)> ready;
    std::vector<expected_receiver> model;
    std::vector<int> heard;

    for (int step = 0; step < 300; ++step) {
      if (!model.empty() && below(3) == 0) {
        const auto gone = model.begin() + below(static_cast<int>(model.size()));
        gone->connection.disconnect();
        model.erase(gone);
      } else {
        expected_receiver r{step, below(4) == 0 ? below(5) - 2 : 0, {}, -1, {}};
        const auto receive = [&heard, step] { heard.push_back(step); };
        const auto at = aldis::priority(r.priority);
        switch (below(4)) {
          case 0:
            r.from = {below(senders)};
            r.connection = ready.connect(receive, at, aldis::from(r.from[0]));
            break;
          case 1:
            r.from = {below(senders), below(senders)};
            r.connection =
                ready.connect(receive, aldis::from(r.from[0]), at, aldis::from(r.from[1]));
            break;
          case 2:
            r.not_from = below(senders);
            r.connection = ready.connect(receive, aldis::not_from(r.not_from), at);
            break;
          default:
            r.connection = ready.connect(receive, at);
        }
        model.push_back(r);
        std::ranges::sort(model, [](const auto& a, const auto& b) {
          return a.priority != b.priority ? a.priority > b.priority : a.number < b.number;
        });
      }

      if (step % 10 != 9) continue;
      for (int sender = 0; sender <= senders; ++sender) {
        std::vector<int> expected;
        for (const expected_receiver& r : model) {
          if (r.hears(sender)) expected.push_back(r.number);
        }
        heard.clear();
        const std::size_t called = ready.send(sender);
        REQUIRE(heard == expected);
        REQUIRE(called == expected.size());
        REQUIRE(ready.has_receivers_for(sender) == !expected.empty());
      }
      REQUIRE(ready.size() == model.size());
    }
  }
}

TEST_CASE("a subscription that is added again keeps the receiver's order among others") {
  static std::vector<std::string> heard;
  heard.clear();
  aldis::signal<void(int)> s;
  void (*const f)(int) = [](int) { heard.push_back("f"); };
  s.connect([](int) { heard.push_back("late"); }, aldis::priority(-1));
  for (int i = 0; i < 3; ++i) {
    {
      const auto everybody = s.connected_to(f);
      s.connect(f, aldis::from(1));
    }
    s.connect(f);
    const aldis::scoped_connection top =
        s.connect([](int) { heard.push_back("top"); }, aldis::priority(5));

    heard.clear();
    CHECK(s.send(0) == 3);
    CHECK(heard == std::vector<std::string>{"top", "f", "late"});

    s.disconnect(f);
    heard.clear();
    CHECK(s.send(1) == 2);
    CHECK(heard == std::vector<std::string>{"top", "late"});
  }
}
