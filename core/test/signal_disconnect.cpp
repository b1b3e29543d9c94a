// The forms of signal::disconnect, and connected_to, which removes exactly what it added.

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using aldis::disconnect_result;

void receiver(int n) { trace.push_back("receiver " + std::to_string(n)); }
void other(int n) { trace.push_back("other " + std::to_string(n)); }

/// The receivers that are called for the senders 0, 1 and 2.
calls calls_of(aldis::signal<void(int)>& ready) {
  trace.clear();
  for (int i = 0; i < 3; ++i) ready.send(i);
  return trace;
}

const calls every_receiver{"receiver 0", "receiver 1", "receiver 2"};

}  // namespace

TEST_CASE("disconnect(receiver) removes the receiver with all its subscriptions") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(1));
  ready.connect(receiver, aldis::from(2));
  ready.connect(other);

  CHECK(ready.disconnect(receiver) == disconnect_result::disconnected);
  CHECK(calls_of(ready) == calls{"other 0", "other 1", "other 2"});
  CHECK_FALSE(ready.is_connected(receiver));
  CHECK(ready.disconnect(receiver) == disconnect_result::not_connected);
}

TEST_CASE("disconnect(receiver, from) removes that subscription only") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(0), aldis::from(1));
  ready.connect(receiver, aldis::from(2));

  CHECK(ready.disconnect(receiver, aldis::from(1)) == disconnect_result::disconnected);
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 2"});
  CHECK_FALSE(ready.has_receivers_for(1));
  CHECK(ready.disconnect(receiver, aldis::from(1)) == disconnect_result::not_connected);
  CHECK(ready.is_connected(receiver));

  CHECK(ready.disconnect(receiver, aldis::from(0)) == disconnect_result::disconnected);
  CHECK(ready.disconnect(receiver, aldis::from(2)) == disconnect_result::disconnected);
  CHECK_FALSE(ready.is_connected(receiver));
  CHECK_FALSE(ready.has_receivers());
}

TEST_CASE("disconnecting one sender does not affect a receiver of every sender") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver);

  CHECK(ready.disconnect(receiver, aldis::from(1)) == disconnect_result::not_connected);
  CHECK(calls_of(ready) == every_receiver);
}

TEST_CASE("disconnecting from a signal that never had a receiver does nothing") {
  aldis::signal<void(int)> ready;

  CHECK(ready.disconnect(receiver) == disconnect_result::not_connected);
  CHECK(ready.disconnect(receiver, aldis::from(1)) == disconnect_result::not_connected);
  CHECK(ready.disconnect(aldis::id("x")) == disconnect_result::not_connected);
  CHECK(ready.disconnect_all() == disconnect_result::not_connected);
  CHECK_FALSE(ready.is_connected(receiver));
}

TEST_CASE("removing the last subscription destroys the receiver before disconnect returns") {
  struct listener {
    void on(int) {}
  };
  aldis::signal<void(int)> ready;
  listener l;
  const auto kept = std::make_shared<int>(1);
  ready.connect(receiver, aldis::from(1), aldis::id("x"));
  ready.connect<&listener::on>(l, aldis::from(1));
  const aldis::connection c = ready.connect([kept] {}, aldis::from(1));

  CHECK(ready.disconnect<&listener::on>(l, aldis::from(1)) == disconnect_result::disconnected);
  CHECK(ready.disconnect(receiver, aldis::from(1)) == disconnect_result::disconnected);
  CHECK(c.disconnect() == disconnect_result::disconnected);
  CHECK(kept.use_count() == 1);
  CHECK(ready.size() == 0);
}

TEST_CASE("disconnect_all removes all receivers, and the signal can be used again") {
  aldis::signal<void(int)> ready;
  const auto kept = std::make_shared<int>(1);
  const aldis::connection a = ready.connect([kept] {});
  const aldis::connection b = ready.connect(receiver, aldis::from(1));
  const aldis::connection c = ready.connect([kept] {}, aldis::when([kept] { return true; }));
  for (int i = 0; i < 300; ++i) ready.connect([kept] {}, aldis::from(i));

  CHECK(ready.disconnect_all() == disconnect_result::disconnected);
  CHECK(kept.use_count() == 1);
  CHECK(ready.size() == 0);
  CHECK_FALSE(a.connected());
  CHECK_FALSE(b.connected());
  CHECK_FALSE(c.connected());
  CHECK(ready.send(1) == 0);

  ready.connect(receiver);
  CHECK(calls_of(ready) == every_receiver);
}

TEST_CASE("disconnect_all in a receiver returns that this receiver is still running") {
  aldis::signal<void(int)> ready;
  std::vector<disconnect_result> results;
  ready.connect([&] { results.push_back(ready.disconnect_all()); });
  ready.connect(receiver);

  CHECK(calls_of(ready) == calls{});
  CHECK(results == std::vector{disconnect_result::deferred});
}

TEST_CASE("removing a subscription inside its own receiver is deferred") {
  struct listener {
    aldis::signal<void(int)>* ready;
    std::vector<disconnect_result>* results;
    void on(int n) {
      trace.push_back("on " + std::to_string(n));
      if (n != 1) return;
      results->push_back(ready->disconnect<&listener::on>(this, aldis::from(1)));
    }
  };
  aldis::signal<void(int)> ready;
  std::vector<disconnect_result> results;
  listener l{&ready, &results};
  ready.connect<&listener::on>(l, aldis::from(1), aldis::from(2));

  CHECK(calls_of(ready) == calls{"on 1", "on 2"});
  CHECK(calls_of(ready) == calls{"on 2"});
  CHECK(results == std::vector{disconnect_result::deferred});
}

TEST_CASE("connected_to connects during the lifetime of its result") {
  aldis::signal<void(int)> ready;
  {
    const aldis::scoped_connection c = ready.connected_to([] { trace.push_back("temporary"); });
    CHECK(calls_of(ready) == calls(3, "temporary"));
    CHECK(c.connected());
  }
  CHECK(calls_of(ready) == calls{});
  CHECK(ready.size() == 0);
}

TEST_CASE("connected_to disconnects when an exception leaves its scope") {
  aldis::signal<void(int)> ready;
  try {
    const aldis::scoped_connection c = ready.connected_to(receiver);
    throw 1;
  } catch (int) {
    CHECK(ready.size() == 0);
  }
}

TEST_CASE("connected_to keeps the subscriptions that the receiver had before") {
  aldis::signal<void(int)> ready;

  SUBCASE("every sender, temporarily one more") {
    ready.connect(receiver);
    { const aldis::scoped_connection c = ready.connected_to(receiver, aldis::from(1)); }
    CHECK(calls_of(ready) == every_receiver);
  }
  SUBCASE("every sender, temporarily the same") {
    ready.connect(receiver);
    { const aldis::scoped_connection c = ready.connected_to(receiver); }
    CHECK(calls_of(ready) == every_receiver);
  }
  SUBCASE("one sender, temporarily the same") {
    ready.connect(receiver, aldis::from(1));
    { const aldis::scoped_connection c = ready.connected_to(receiver, aldis::from(1)); }
    CHECK(calls_of(ready) == calls{"receiver 1"});
  }
  SUBCASE("one sender, temporarily another") {
    ready.connect(receiver, aldis::from(1));
    {
      const aldis::scoped_connection c = ready.connected_to(receiver, aldis::from(2));
      CHECK(calls_of(ready) == calls{"receiver 1", "receiver 2"});
    }
    CHECK(calls_of(ready) == calls{"receiver 1"});
    CHECK_FALSE(ready.has_receivers_for(2));
  }
  SUBCASE("one sender, temporarily every one") {
    ready.connect(receiver, aldis::from(1));
    {
      const aldis::scoped_connection c = ready.connected_to(receiver);
      CHECK(calls_of(ready) == every_receiver);
    }
    CHECK(calls_of(ready) == calls{"receiver 1"});
  }
  SUBCASE("one sender, temporarily it and others") {
    ready.connect(receiver, aldis::from(1));
    {
      const aldis::scoped_connection c =
          ready.connected_to(receiver, aldis::from(0), aldis::from(1), aldis::from(2));
      CHECK(calls_of(ready) == every_receiver);
    }
    CHECK(calls_of(ready) == calls{"receiver 1"});
  }
}

TEST_CASE("temporary connections may be nested and end in any order") {
  aldis::signal<void(int)> ready;
  aldis::scoped_connection outer = ready.connected_to(receiver, aldis::from(1));
  aldis::scoped_connection inner = ready.connected_to(receiver, aldis::from(2));
  aldis::scoped_connection same = ready.connected_to(receiver, aldis::from(2));

  CHECK(calls_of(ready) == calls{"receiver 1", "receiver 2"});
  SUBCASE("the outer one first") {
    outer.disconnect();
    CHECK(calls_of(ready) == calls{"receiver 2"});
    same.disconnect();
    CHECK(calls_of(ready) == calls{"receiver 2"});
    inner.disconnect();
  }
  SUBCASE("the inner one first") {
    same.disconnect();
    inner.disconnect();
    CHECK(calls_of(ready) == calls{"receiver 1"});
    outer.disconnect();
  }
  CHECK(calls_of(ready) == calls{});
  CHECK(ready.size() == 0);
}

TEST_CASE("a temporary connection that has ended does not disconnect a later one") {
  aldis::signal<void(int)> ready;
  aldis::scoped_connection c = ready.connected_to(receiver, aldis::from(1));
  ready.disconnect(receiver);
  ready.connect(receiver, aldis::from(1));

  CHECK(c.disconnect() == disconnect_result::not_connected);
  CHECK(calls_of(ready) == calls{"receiver 1"});
}

TEST_CASE("a subscription that is removed and added again is not the temporary one") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(0));
  aldis::scoped_connection c = ready.connected_to(receiver, aldis::from(1));
  ready.disconnect(receiver, aldis::from(1));
  ready.connect(receiver, aldis::from(1));

  CHECK(c.disconnect() == disconnect_result::not_connected);
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 1"});
}

TEST_CASE("a temporary connection can be moved, released and assigned") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(0));
  aldis::scoped_connection a = ready.connected_to(receiver, aldis::from(1));
  aldis::scoped_connection b = std::move(a);
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 1"});

  b = ready.connected_to(receiver, aldis::from(2));
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 2"});
  b.release();
  b = aldis::scoped_connection();
  CHECK(calls_of(ready) == calls{"receiver 0", "receiver 2"});
}

TEST_CASE("connected_to accepts every option") {
  aldis::signal<void(int)> ready;
  auto object = std::make_shared<int>(1);
  const aldis::scoped_connection c =
      ready.connected_to([](int n) { receiver(n); }, aldis::priority(1), aldis::not_from(2),
                         aldis::when([](int n) { return n != 0; }), aldis::tracking(object),
                         aldis::times(2), aldis::id("x"), aldis::label("temporary"));

  CHECK(calls_of(ready) == calls{"receiver 1"});
  object.reset();
  CHECK(calls_of(ready) == calls{});
}
