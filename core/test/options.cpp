#include <aldis/options.hpp>
#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(aldis::connect_option<decltype(aldis::from(1))>);
static_assert(aldis::connect_option<decltype(aldis::not_from("x"))>);
static_assert(aldis::connect_option<decltype(aldis::when([] { return true; }))>);
static_assert(aldis::connect_option<decltype(aldis::tracking(std::shared_ptr<int>()))>);
static_assert(aldis::connect_option<decltype(aldis::tracking(std::weak_ptr<int>()))>);
static_assert(aldis::connect_option<decltype(aldis::priority(1))>);
static_assert(aldis::connect_option<decltype(aldis::once)>);
static_assert(aldis::connect_option<decltype((aldis::once))>);
static_assert(aldis::connect_option<decltype(aldis::times(2))>);
static_assert(aldis::connect_option<decltype(aldis::id("x"))>);
static_assert(aldis::connect_option<decltype(aldis::label("x"))>);
static_assert(!aldis::connect_option<int>);
static_assert(!aldis::connect_option<const char*>);

namespace {

void receiver(int n) { trace.push_back("receiver " + std::to_string(n)); }
void other(int n) { trace.push_back("other " + std::to_string(n)); }

/// The receivers that are called for the senders 0, 1, 2 and 3.
calls calls_of(aldis::signal<void(int)>& ready) {
  trace.clear();
  for (int i = 0; i < 4; ++i) ready.send(i);
  return trace;
}

}  // namespace

TEST_CASE("from selects one sender, and 0 is a sender like any other") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(0));
  ready.connect(other, aldis::from(2));

  CHECK(calls_of(ready) == calls{"receiver 0", "other 2"});
}

TEST_CASE("several connects with different senders are one receiver") {
  aldis::signal<void(int)> ready;
  const aldis::connection a = ready.connect(receiver, aldis::from(1));
  const aldis::connection b = ready.connect(receiver, aldis::from(3));

  CHECK(a == b);
  CHECK(ready.size() == 1);
  CHECK(calls_of(ready) == calls{"receiver 1", "receiver 3"});
}

TEST_CASE("several senders in one connect select any of them, for lambdas too") {
  aldis::signal<void(int)> ready;
  ready.connect([](int n) { receiver(n); }, aldis::from(1), aldis::from(3), aldis::from(1));

  CHECK(ready.size() == 1);
  CHECK(calls_of(ready) == calls{"receiver 1", "receiver 3"});
}

TEST_CASE("connected to every sender and to one, a receiver is called once") {
  aldis::signal<void(int)> ready;

  SUBCASE("first to every sender") {
    ready.connect(receiver);
    ready.connect(receiver, aldis::from(1));
  }
  SUBCASE("first to one") {
    ready.connect(receiver, aldis::from(1));
    ready.connect(receiver);
  }

  CHECK(ready.size() == 1);
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 1", "receiver 2", "receiver 3"});

  ready.disconnect(receiver, aldis::from(1));
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 1", "receiver 2", "receiver 3"});
}

TEST_CASE("not_from selects every sender except those named") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::not_from(2));
  ready.connect(other, aldis::not_from(0), aldis::not_from(1), aldis::not_from(2));

  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 1", "receiver 3", "other 3"});
}

TEST_CASE("from and not_from together select the first without the second") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(1), aldis::from(2), aldis::not_from(2));

  CHECK(calls_of(ready) == calls{"receiver 1"});
}

TEST_CASE("when calls a predicate with all arguments") {
  aldis::signal<void(int, std::string_view)> sold;
  calls heard;
  sold.connect(
      [&](int n, std::string_view s) { heard.push_back(std::string(s) + ' ' + std::to_string(n)); },
      aldis::when([](int n, std::string_view s) { return n > 1 && s == "figs"; }));

  sold.send(1, "figs");
  sold.send(2, "pears");
  sold.send(2, "figs");

  CHECK(heard == calls{"figs 2"});
}

TEST_CASE("the predicate may take the first arguments only, or none") {
  aldis::signal<void(int, std::string)> sold;
  bool open = false;
  calls heard;
  sold.connect([&] { heard.push_back("first"); }, aldis::when([](int n) { return n == 1; }));
  sold.connect([&] { heard.push_back("none"); }, aldis::when([&] { return open; }));

  sold.send(1, "");
  open = true;
  sold.send(2, "");

  CHECK(heard == calls{"first", "none"});
}

TEST_CASE("several predicates must all be true, and may have state") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::when([](int n) { return n > 0; }),
                aldis::when([](int n) { return n < 3; }));
  ready.connect(other, aldis::when([left = 2](int) mutable { return left-- > 0; }));

  CHECK(calls_of(ready) == calls{"other 0", "receiver 1", "other 1", "receiver 2"});
}

TEST_CASE("a predicate sees by-value arguments without taking or copying them") {
  struct counted {
    int* copies;
    explicit counted(int* count) : copies(count) {}
    counted(const counted& c) : copies(c.copies) { ++*copies; }
  };
  int copies = 0;
  aldis::signal<void(counted)> sent;
  sent.connect([] {}, aldis::when([](const counted&) { return true; }));

  CHECK(sent.send(counted(&copies)) == 1);
  CHECK(copies == 0);
}

TEST_CASE("a predicate may be move-only and is destroyed with its receiver") {
  aldis::signal<void(int)> ready;
  const auto watched = std::make_shared<int>(1);
  const aldis::connection c = ready.connect(
      receiver,
      aldis::when([only = std::make_unique<int>(2), watched](int n) { return n == *only; }));

  CHECK(calls_of(ready) == calls{"receiver 2"});
  CHECK(watched.use_count() == 2);
  c.disconnect();
  CHECK(watched.use_count() == 1);
}

TEST_CASE("once is called once, times(n) n times, then disconnected") {
  aldis::signal<void(int)> ready;
  const aldis::connection a = ready.connect(receiver, aldis::once);
  const aldis::connection b = ready.connect(other, aldis::times(3));

  CHECK(calls_of(ready) == calls{"receiver 0", "other 0", "other 1", "other 2"});
  CHECK_FALSE(a.connected());
  CHECK_FALSE(b.connected());
  CHECK(ready.size() == 0);
}

TEST_CASE("a call of once or times is counted before it is made") {
  aldis::signal<void(int)> ready;
  aldis::connection own;
  calls heard;
  own = ready.connect(
      [&](int depth) {
        heard.push_back(std::to_string(depth) + (own.connected() ? " connected" : " not"));
        ready.send(depth + 1);
      },
      aldis::times(2));

  ready.send(0);

  CHECK(heard == calls{"0 connected", "1 not"});
}

TEST_CASE("the captures of a once receiver are destroyed when its call returns") {
  aldis::signal<void(int)> ready;
  const auto kept = std::make_shared<int>(1);
  std::vector<long> owners;
  ready.connect([&owners, kept] { owners.push_back(kept.use_count()); }, aldis::once);
  ready.connect([&] { owners.push_back(kept.use_count()); });

  ready.send(1);

  CHECK(owners == std::vector<long>{2, 1});
}

TEST_CASE("once and times do not count calls that are not made") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::once, aldis::from(2));
  ready.connect(other, aldis::once, aldis::when([](int n) { return n == 3; }));

  CHECK(calls_of(ready) == calls{"receiver 2", "other 3"});
}

TEST_CASE("once with several senders is one call in total") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::once, aldis::from(1), aldis::from(2));

  CHECK(calls_of(ready) == calls{"receiver 1"});
}

TEST_CASE("times(0) throws") { CHECK_THROWS_AS(aldis::times(0), std::invalid_argument); }

TEST_CASE("the same id again replaces the receiver") {
  aldis::signal<void(int)> ready;
  const aldis::connection old = ready.connect([] { trace.push_back("old"); }, aldis::id("x"));
  ready.connect(other);
  const aldis::connection fresh =
      ready.connect([] { trace.push_back("new"); }, aldis::id(std::string("x")));
  ready.connect([] { trace.push_back("y"); }, aldis::id("y"));

  trace.clear();
  ready.send(1);

  CHECK(trace == calls{"other 1", "new", "y"});
  CHECK_FALSE(old.connected());
  CHECK(fresh.connected());
  CHECK(ready.size() == 3);
}

TEST_CASE("the captures of a replaced receiver are destroyed before connect returns") {
  aldis::signal<void(int)> ready;
  const auto kept = std::make_shared<int>(1);
  ready.connect([kept] {}, aldis::id("x"));

  ready.connect([] {}, aldis::id("x"));

  CHECK(kept.use_count() == 1);
}

TEST_CASE("an id identifies its receiver until it is disconnected") {
  aldis::signal<void(int)> ready;
  CHECK_FALSE(ready.is_connected(aldis::id("x")));
  CHECK(ready.disconnect(aldis::id("x")) == aldis::disconnect_result::not_connected);
  ready.connect([] {}, aldis::id("x"), aldis::from(1));

  CHECK(ready.is_connected(aldis::id("x")));
  CHECK_FALSE(ready.is_connected(aldis::id("xx")));
  CHECK(ready.disconnect(aldis::id("x")) == aldis::disconnect_result::disconnected);
  CHECK_FALSE(ready.is_connected(aldis::id("x")));
  CHECK(ready.disconnect(aldis::id("x")) == aldis::disconnect_result::not_connected);
}

TEST_CASE("one function under two ids is two receivers, and disconnect(function) ends both") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::id("a"));
  ready.connect(receiver, aldis::id("b"));
  CHECK(ready.send(1) == 2);

  CHECK(ready.disconnect(receiver) == aldis::disconnect_result::disconnected);
  CHECK(ready.send(1) == 0);
  CHECK_FALSE(ready.is_connected(aldis::id("a")));
}

TEST_CASE("options may come in any order and number, and be kept in variables") {
  aldis::signal<void(int)> ready;
  const auto first = aldis::from(1);
  const auto named = aldis::id("kept");
  const auto labelled = aldis::label("label");
  auto odd = aldis::when([](int n) { return n % 2 == 1; });
  ready.connect(receiver, aldis::priority(1), named, first, aldis::from(2), odd, labelled,
                aldis::times(9));
  ready.connect(other, aldis::times(9), odd, labelled, aldis::from(2), first, aldis::id("another"),
                aldis::priority(1), aldis::when([](int) { return true; }));

  CHECK(calls_of(ready) == calls{"receiver 1", "other 1"});
  CHECK(calls_of(ready) == calls{"receiver 1", "other 1"});
}

TEST_CASE("a comparable receiver with conditions is a separate receiver") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver);
  ready.connect(receiver, aldis::when([](int n) { return n == 1; }));
  ready.connect(receiver, aldis::once);

  CHECK(ready.size() == 3);
  CHECK(calls_of(ready) ==
        calls{"receiver 0", "receiver 0", "receiver 1", "receiver 1", "receiver 2", "receiver 3"});
  CHECK(ready.disconnect(receiver) == aldis::disconnect_result::disconnected);
  CHECK(ready.size() == 0);
}
