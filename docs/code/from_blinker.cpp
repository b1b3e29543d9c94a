// docs/from-blinker.md: the decisions, each asserted.

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

struct app {
  aldis::sender_scope scope;
};

int calls = 0;
void count() { ++calls; }

struct view {
  int shown = 0;
  void show() { ++shown; }
};

}  // namespace

TEST_CASE("from blinker: the same program") {
  std::vector<std::string> heard;
  //[program]
  auto& initialized = aldis::named<void(std::string_view)>("initialized");

  initialized.connect([&](std::string_view who) { heard.push_back("any: " + std::string(who)); });
  initialized.connect([&] { heard.push_back("only b"); }, aldis::from("b"));

  initialized.send("a");
  initialized.send("b");
  CHECK(heard == std::vector<std::string>{"any: a", "any: b", "only b"});
  //[/program]
  initialized.disconnect_all();
}

TEST_CASE("row 1: 0 and false are senders like any other") {
  aldis::signal<void(aldis::any_sender)> s;
  s.connect([] {}, aldis::from(0));

  CHECK(s.send(1) == 0);
  CHECK(s.send(0) == 1);
  CHECK(s.send({}) == 0);

  aldis::signal<void(bool)> b;
  b.connect([] {}, aldis::from(false));
  CHECK(b.send(true) == 0);
  CHECK(b.send(false) == 1);
}

TEST_CASE("row 2: a number never is an address") {
  aldis::signal<void(aldis::any_sender)> s;
  const app one;
  s.connect([] {}, aldis::from(one));

  CHECK(s.send(reinterpret_cast<std::uintptr_t>(&one)) == 0);
  CHECK(s.send(one) == 1);
}

TEST_CASE("row 3: a new object at an old address reaches nobody") {
  aldis::signal<void(app&)> s;
  std::optional<app> sender;
  sender.emplace();
  s.connect([] {}, aldis::from(*sender));

  sender.emplace();

  CHECK(s.send(*sender) == 0);
  CHECK_FALSE(s.has_receivers_for(*sender));
}

TEST_CASE("row 4: a temporary connection takes back what it added and no more") {
  aldis::signal<void(int)> s;
  s.connect(&count, aldis::from(1));
  { auto for_now = s.connected_to(&count, aldis::from(2)); }

  CHECK(s.send(1) == 1);
  CHECK(s.send(2) == 0);
}

TEST_CASE("row 5: mutes are counted, and hold for all threads") {
  aldis::signal<void()> s;
  s.connect(&count);
  const auto outer = s.mute();
  { const auto inner = s.mute(); }

  CHECK(s.send() == 0);
  std::thread([&] { CHECK(s.send() == 0); }).join();
}

TEST_CASE("row 6: questions are answered exactly") {
  aldis::signal<void(std::string_view)> s;
  s.connect(&count, aldis::from("q"));
  s.disconnect(&count, aldis::from("q"));

  CHECK_FALSE(s.has_receivers_for("q"));
  CHECK_FALSE(s);
  CHECK_FALSE(s.is_connected(&count));
}

TEST_CASE("row 7: a subscription that was taken back is not called, however it was") {
  calls = 0;
  aldis::signal<void(std::string_view)> s;
  s.connect([&] { s.disconnect(&count, aldis::from("q")); }, aldis::from("q"));
  s.connect(&count, aldis::from("q"), aldis::from("r"));

  s.send("q");
  CHECK(calls == 0);
  s.send("r");
  CHECK(calls == 1);
}

TEST_CASE("row 8: connecting and disconnecting at once leaves no ghosts") {
  aldis::signal<void(int)> s;
  const auto churn = [&] {
    for (int i = 0; i < 300; ++i) {
      s.connect(&count, aldis::from(i));
      s.disconnect(&count);
    }
  };
  std::thread other(churn);
  churn();
  other.join();
  s.disconnect(&count);

  CHECK_FALSE(s);
  for (int i = 0; i < 300; ++i) CHECK_FALSE(s.has_receivers_for(i));
}

TEST_CASE("row 9: the order is that of connection, whatever receivers select") {
  std::vector<char> order;
  aldis::signal<void(std::string_view)> s;
  s.connect([&] { order.push_back('a'); }, aldis::from("x"));
  s.connect([&] { order.push_back('b'); });
  s.connect([&] { order.push_back('c'); }, aldis::from("x"));

  s.send("x");

  CHECK(order == std::vector<char>{'a', 'b', 'c'});
}

TEST_CASE("row 10: meta-signals send a connection") {
  aldis::signal<void()> s;
  std::string label;
  s.receiver_connected().connect([&](const aldis::connection& c) { label = c.info().label; });
  s.connect(&count, aldis::label("counter"));

  CHECK(label == "counter");
}

TEST_CASE("row 11: whatever a receiver of receiver_connected throws undoes the connection") {
  aldis::signal<void()> s;
  s.receiver_connected().connect([](const aldis::connection&) { throw 42; });

  CHECK_THROWS_AS(s.connect(&count), int);
  CHECK_FALSE(s);
}

TEST_CASE("row 13: weakness belongs to the receiver, and the first connect decides it") {
  aldis::signal<void(int)> s;
  auto weak_first = std::make_shared<view>();
  auto strong_first = std::make_shared<view>();

  s.connect(&view::show, weak_first, aldis::from(1));
  s.connect(&view::show, *weak_first, aldis::from(2));
  CHECK(s.receivers()[0].weak);
  weak_first.reset();
  CHECK_FALSE(s);

  s.connect(&view::show, *strong_first, aldis::from(1));
  s.connect(&view::show, strong_first, aldis::from(2));
  CHECK_FALSE(s.receivers()[0].weak);
  s.disconnect(&view::show, *strong_first);
}
