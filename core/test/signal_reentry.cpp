// Receivers that change the signal that calls them.

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

void first(int) { trace.push_back("first"); }
void second(int) { trace.push_back("second"); }
void third(int) { trace.push_back("third"); }

/// Makes the lists grow and be replaced during the send.
void connect_many(aldis::signal<void(int)>& to) {
  for (int i = 0; i < 100; ++i) to.connect([] { trace.push_back("new"); });
  for (int i = 0; i < 100; ++i) to.connect([] { trace.push_back("new"); }, aldis::from(1));
  for (int i = 0; i < 20; ++i) to.connect([] { trace.push_back("new"); }, aldis::priority(1));
  for (int i = 0; i < 20; ++i) {
    to.connect([] { trace.push_back("new"); }, aldis::priority(1), aldis::from(1));
  }
}

/// A receiver with an action, between two others that may or may not be called.
calls calls_when(const std::function<void(aldis::signal<void(int)>&)>& done) {
  aldis::signal<void(int)> ready;
  trace.clear();
  bool once = true;
  ready.connect(first);
  ready.connect([&] {
    trace.push_back("doing");
    if (once) done(ready);
    once = false;
  });
  ready.connect(second, aldis::from(1), aldis::from(2));
  ready.connect(third);
  ready.connect([] { trace.push_back("by id"); }, aldis::id("id"));

  ready.send(1);
  return trace;
}

const calls everybody{"first", "doing", "second", "third", "by id"};

}  // namespace

TEST_CASE("a receiver connected during a send waits for the next one") {
  aldis::signal<void()> tick;
  int late = 0;
  tick.connect([&] { tick.connect([&] { ++late; }); });

  tick.send();
  CHECK(late == 0);

  tick.send();
  CHECK(late == 1);
}

TEST_CASE("any number of receivers with any priority and sender, connected during a send, wait") {
  CHECK(calls_when([](auto& ready) { connect_many(ready); }) == everybody);
  CHECK(calls_when([](auto& ready) {
          ready.connect([] { trace.push_back("new"); }, aldis::priority(100));
        }) == everybody);
  CHECK(calls_when([](auto& ready) {
          ready.connect([] { trace.push_back("new"); }, aldis::priority(-1), aldis::once);
        }) == everybody);
  CHECK(calls_when([](auto& ready) {
          ready.connect([] { trace.push_back("new"); }, aldis::not_from(5));
        }) == everybody);
}

TEST_CASE("a subscription that is added during a send waits for the next one") {
  aldis::signal<void(int)> ready;
  trace.clear();
  ready.connect([&] { ready.connect(second, aldis::from(1)); });
  ready.connect(second, aldis::from(2));
  ready.connect([&] { ready.connect(third); });
  ready.connect(third, aldis::from(2));

  ready.send(1);
  CHECK(trace == calls{});

  ready.send(1);
  CHECK(trace == calls{"second", "third"});
}

TEST_CASE("a receiver disconnected before its turn is not called, for every form of disconnect") {
  const calls without_second{"first", "doing", "third", "by id"};
  const calls without_third{"first", "doing", "second", "by id"};
  const calls without_id{"first", "doing", "second", "third"};

  CHECK(calls_when([](auto& ready) { ready.disconnect(third); }) == without_third);
  CHECK(calls_when([](auto& ready) { ready.disconnect(second); }) == without_second);
  CHECK(calls_when([](auto& ready) { ready.disconnect(second, aldis::from(1)); }) ==
        without_second);
  CHECK(calls_when([](auto& ready) { ready.disconnect(second, aldis::from(2)); }) == everybody);
  CHECK(calls_when([](auto& ready) { ready.disconnect(aldis::id("id")); }) == without_id);
  CHECK(calls_when([](auto& ready) {
          ready.connect([] { trace.push_back("replaced"); }, aldis::id("id"));
        }) == without_id);
  CHECK(calls_when([](auto& ready) { ready.connect(third).disconnect(); }) == without_third);
  CHECK(calls_when([](auto& ready) { ready.connect(third).request_disconnect(); }) ==
        without_third);
  CHECK(calls_when([](auto& ready) { const aldis::scoped_connection c = ready.connect(third); }) ==
        without_third);
  CHECK(calls_when([](auto& ready) { ready.disconnect_all(); }) == calls{"first", "doing"});
}

TEST_CASE("a receiver disconnected before its turn is not called after the lists were replaced") {
  const calls without_second{"first", "doing", "third", "by id"};
  const calls without_third{"first", "doing", "second", "by id"};
  const calls without_id{"first", "doing", "second", "third"};

  CHECK(calls_when([](auto& ready) {
          connect_many(ready);
          ready.disconnect(third);
          connect_many(ready);
        }) == without_third);
  CHECK(calls_when([](auto& ready) {
          connect_many(ready);
          ready.disconnect(second, aldis::from(1));
          connect_many(ready);
        }) == without_second);
  CHECK(calls_when([](auto& ready) {
          connect_many(ready);
          ready.disconnect(aldis::id("id"));
          connect_many(ready);
        }) == without_id);
  CHECK(calls_when([](auto& ready) {
          connect_many(ready);
          ready.disconnect_all();
          connect_many(ready);
        }) == calls{"first", "doing"});
}

TEST_CASE("a receiver disconnected and reconnected before its turn waits for the next send") {
  const calls without_second{"first", "doing", "third", "by id"};
  const calls without_third{"first", "doing", "second", "by id"};

  CHECK(calls_when([](auto& ready) {
          ready.disconnect(third);
          ready.connect(third);
        }) == without_third);
  CHECK(calls_when([](auto& ready) {
          ready.disconnect(second);
          ready.connect(second, aldis::from(1));
        }) == without_second);
  CHECK(calls_when([](auto& ready) {
          ready.disconnect(second, aldis::from(1));
          ready.connect(second, aldis::from(1));
        }) == without_second);
  CHECK(calls_when([](auto& ready) {
          ready.disconnect(second, aldis::from(1));
          connect_many(ready);
          ready.connect(second, aldis::from(1));
          connect_many(ready);
        }) == without_second);
}

TEST_CASE("a receiver that loses one of two subscriptions before its turn is called by the other") {
  aldis::signal<void(int)> ready;
  trace.clear();
  ready.connect([&] { ready.disconnect(second, aldis::from(1)); });
  ready.connect(second);
  ready.connect(second, aldis::from(1));
  ready.connect(third);

  ready.send(1);

  CHECK(trace == calls{"second", "third"});
}

TEST_CASE("the temporary connection of an earlier receiver may end during the send") {
  aldis::signal<void(int)> ready;
  trace.clear();
  aldis::scoped_connection temporary;
  ready.connect([&] { temporary.disconnect(); });
  ready.connect(second, aldis::from(2));
  ready.connect(third);
  temporary = ready.connected_to(second, aldis::from(1));

  ready.send(1);
  ready.send(2);

  CHECK(trace == calls{"third", "second", "third"});
}

TEST_CASE("disconnecting a receiver that was already called does not affect the others") {
  CHECK(calls_when([](auto& ready) { ready.disconnect(first); }) == everybody);
}

TEST_CASE("a receiver may disconnect itself in every way") {
  aldis::signal<void(int)> ready;
  trace.clear();
  aldis::connection own;
  aldis::scoped_connection scoped;
  ready.connect(first);
  own = ready.connect([&] {
    trace.push_back("own");
    own.disconnect();
  });
  scoped = ready.connect([&] {
    trace.push_back("scoped");
    scoped.disconnect();
  });
  ready.connect(
      [&] {
        trace.push_back("id");
        ready.disconnect(aldis::id("mine"));
      },
      aldis::id("mine"));
  ready.connect([&] {
    trace.push_back("all");
    ready.disconnect_all();
  });
  ready.connect(second);

  ready.send(1);
  ready.send(1);

  CHECK(trace == calls{"first", "own", "scoped", "id", "all"});
}

TEST_CASE(
    "a receiver that disconnects itself is destroyed when it returns, before the next one runs") {
  struct witness {
    bool real = true;
    witness() = default;
    witness(witness&& other) noexcept : real(std::exchange(other.real, false)) {}
    ~witness() {
      if (real) trace.push_back("destroyed");
    }
  };
  aldis::signal<void(int)> ready;
  trace.clear();
  aldis::connection own;
  own = ready.connect([&, w = witness()] {
    trace.push_back(own.disconnect() == aldis::disconnect_result::deferred ? "deferred" : "not so");
    trace.push_back("still here");
  });
  ready.connect(second);

  SUBCASE("in a plain signal") {}
  SUBCASE("with senders") {
    ready.connect([] {}, aldis::from(2));
  }
  SUBCASE("with conditions") {
    ready.connect([] {}, aldis::not_from(1));
  }
  ready.send(1);

  CHECK(trace == calls{"deferred", "still here", "destroyed", "second"});
}

TEST_CASE("a receiver entered twice is destroyed when the outer call returns") {
  aldis::signal<void(int)> ready;
  trace.clear();
  aldis::connection own;
  auto witness = std::shared_ptr<int>(new int, [](int* p) {
    trace.push_back("destroyed");
    delete p;
  });
  own = ready.connect([&, w = std::move(witness)](int depth) {
    if (depth == 0) {
      own.disconnect();
    } else {
      ready.send(depth - 1);
    }
    trace.push_back("leaving " + std::to_string(depth));
  });
  ready.connect(second);

  ready.send(1);

  // In the inner send, only `second` comes after it.
  CHECK(trace == calls{"leaving 0", "second", "leaving 1", "destroyed", "second"});
}

TEST_CASE("a nested send is complete before the outer one continues") {
  aldis::signal<void(int)> ready;
  calls order;
  ready.connect([&](int depth) {
    order.push_back("a" + std::to_string(depth));
    if (depth < 2) ready.send(depth + 1);
  });
  ready.connect([&](int depth) { order.push_back("b" + std::to_string(depth)); });

  SUBCASE("in a plain signal") {}
  SUBCASE("with senders") {
    ready.connect([] {}, aldis::from(100));
  }
  SUBCASE("with conditions") {
    ready.connect([] {}, aldis::when([] { return false; }));
  }
  ready.send(0);

  CHECK(order == calls{"a0", "a1", "a2", "b2", "b1", "b0"});
}

TEST_CASE("a nested send calls a receiver connected during the outer one, which does not") {
  aldis::signal<void(int)> ready;
  calls order;
  ready.connect([&](int depth) {
    order.push_back("a" + std::to_string(depth));
    if (depth != 0) return;
    ready.connect([&](int n) { order.push_back("late" + std::to_string(n)); });
    ready.send(1);
  });

  ready.send(0);

  CHECK(order == calls{"a0", "a1", "late1"});
}

TEST_CASE("a disconnect in a nested send affects the outer one") {
  aldis::signal<void(int)> ready;
  trace.clear();
  ready.connect([&](int depth) {
    if (depth == 0) ready.send(1);
    if (depth == 1) ready.disconnect(third);
  });
  ready.connect(third);
  ready.connect(first);

  ready.send(0);

  CHECK(trace == calls{"first", "first"});
}

TEST_CASE("deeply nested sends return") {
  aldis::signal<void(int)> ready;
  int deepest = 0;
  int returned = 0;
  ready.connect([&](int depth) {
    deepest = depth;
    if (depth < 200) ready.send(depth + 1);
    ++returned;
  });

  ready.send(0);

  CHECK(deepest == 200);
  CHECK(returned == 201);
}

TEST_CASE("the receivers of two signals may send each other") {
  aldis::signal<void(int)> ping;
  aldis::signal<void(int)> pong;
  calls order;
  ping.connect([&](int n) {
    order.push_back("ping" + std::to_string(n));
    if (n > 0) pong.send(n - 1);
  });
  pong.connect([&](int n) {
    order.push_back("pong" + std::to_string(n));
    if (n > 0) ping.send(n - 1);
  });

  ping.send(3);

  CHECK(order == calls{"ping3", "pong2", "ping1", "pong0"});
}

TEST_CASE("the destructor of a receiver may use the signal") {
  struct meddler {
    aldis::signal<void(int)>* with;
    meddler(aldis::signal<void(int)>* s) : with(s) {}
    meddler(meddler&& other) noexcept : with(std::exchange(other.with, nullptr)) {}
    ~meddler() {
      if (!with) return;
      trace.push_back("destroyed");
      with->disconnect(third);
      with->connect(second);
      with->send(9);
    }
    void operator()() const {}
  };
  aldis::signal<void(int)> ready;
  trace.clear();
  const aldis::connection c = ready.connect(meddler(&ready));
  ready.connect(third);

  c.disconnect();

  CHECK(trace == calls{"destroyed", "second"});
}
