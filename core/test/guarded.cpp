#include <aldis/guarded.hpp>
#include <aldis/signal.hpp>

#include "event.hpp"
#include "trace.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

struct meter {
  calls* log = nullptr;
  int seen = 0;

  meter() = default;
  explicit meter(calls* to) : log(to) {}
  meter(calls* to, int start) : log(to), seen(start) {}
  ~meter() {
    if (log) log->push_back("destroyed");
  }
  void on(int n) {
    seen += n;
    if (log) log->push_back("on " + std::to_string(n));
  }
  void off() {
    if (log) log->push_back("off");
  }
};

}  // namespace

static_assert(!std::is_copy_constructible_v<aldis::guarded<meter>>);
static_assert(!std::is_move_constructible_v<aldis::guarded<meter>>);
static_assert(!std::is_copy_assignable_v<aldis::guarded<meter>>);
static_assert(std::is_default_constructible_v<aldis::guarded<meter>>);
static_assert(std::is_constructible_v<aldis::guarded<meter>, calls*, int>);
static_assert(!std::is_constructible_v<aldis::guarded<meter>, const char*>);
static_assert(!std::is_convertible_v<calls*, aldis::guarded<meter>>);

TEST_CASE("a guarded object is used like a pointer to it") {
  calls log;
  aldis::guarded<meter> m(&log, 5);
  const auto& constant = m;

  m->on(1);
  (*m).on(2);

  CHECK(m->seen == 8);
  CHECK(constant->seen == 8);
  CHECK((*constant).seen == 8);
}

TEST_CASE("the receivers of a guarded object are gone before its destructor begins") {
  aldis::signal<void(int)> ready;
  aldis::signal<void()> closed;
  calls log;
  ready.receiver_disconnected().connect([&] { log.push_back("disconnected"); });
  {
    aldis::guarded<meter> m(&log);
    ready.connect<&meter::on>(m);
    ready.connect(&meter::off, m);
    closed.connect<&meter::off>(m);
    CHECK(m.connections().size() == 3);
    ready.send(1);
  }
  ready.send(2);
  closed.send();

  CHECK(log == calls{"on 1", "off", "disconnected", "disconnected", "destroyed"});
  CHECK(ready.size() + closed.size() == 0);
}

TEST_CASE("a guarded object can keep other connections") {
  aldis::signal<void(int)> ready;
  calls log;
  {
    aldis::guarded<meter> m(&log);
    m += ready.connect([&m](int n) { m->on(n * 10); });
    m += ready.connected_to([&m](int n) { m->on(n * 100); });
    ready.send(1);
  }
  ready.send(2);

  CHECK(log == calls{"on 10", "on 100", "destroyed"});
}

TEST_CASE("the receiver of a guarded object can be compared like any other") {
  aldis::signal<void(int)> ready;
  aldis::guarded<meter> m;
  const aldis::connection a = ready.connect<&meter::on>(m);
  const aldis::connection b = ready.connect(&meter::on, *m);

  CHECK(a == b);
  CHECK(ready.is_connected<&meter::on>(m));
  CHECK(ready.is_connected(&meter::on, m));
  CHECK(ready.disconnect<&meter::on>(m) == aldis::disconnect_result::disconnected);
  CHECK(m.connections().empty());
}

TEST_CASE("a guarded object may be destroyed in a send to its receiver, and after the signal") {
  calls log;
  aldis::signal<void(int)> ready;
  auto m = std::make_unique<aldis::guarded<meter>>(&log);
  ready.connect<&meter::on>(*m, aldis::priority(-1));
  ready.connect([&] { m.reset(); });
  ready.send(1);
  CHECK(log == calls{"destroyed"});

  aldis::guarded<meter> longer(&log);
  {
    aldis::signal<void(int)> shorter;
    shorter.connect<&meter::on>(longer);
    shorter.send(3);
  }
  CHECK(log == calls{"destroyed", "on 3"});
  CHECK(longer.connections().empty());
}

TEST_CASE("the destructor of a guarded object waits for a receiver that another thread is inside") {
  struct slow {
    event* entered;
    event* leave;
    std::vector<std::string>* log;
    slow(event* in, event* out, std::vector<std::string>* to) : entered(in), leave(out), log(to) {}
    ~slow() { log->push_back("destroyed"); }
    void on() {
      entered->set();
      log->push_back(leave->wait() ? "left" : "was not let go");
    }
  };
  aldis::signal<void()> tick;
  event entered;
  event leave;
  calls log;
  std::optional<aldis::guarded<slow>> s(std::in_place, &entered, &leave, &log);
  tick.connect<&slow::on>(*s);
  std::jthread sender([&] { tick.send(); });

  REQUIRE(entered.wait());
  std::jthread releaser([&] { leave.set(); });
  s.reset();
  CHECK(log == calls{"left", "destroyed"});

  sender.join();
  releaser.join();
}

namespace {

/// Detects a use after its destruction.
struct session {
  std::atomic<int>& ends;
  std::atomic<int> inside{0};
  std::function<void(session&, int)> body;

  explicit session(std::atomic<int>& e) : ends(e) {}
  ~session() {
    CHECK(inside == 0);
    ++ends;
  }
  void on(int who) {
    ++inside;
    body(*this, who);
    --inside;
  }
};

}  // namespace

TEST_CASE("a guarded object destroyed inside its receiver lives until the receiver returns") {
  std::atomic<int> ends{0};
  aldis::signal<void(int)> signal;
  auto g = std::make_unique<aldis::guarded<session>>(ends);
  (*g)->body = [&](session&, int) {
    g.reset();
    CHECK(ends == 0);
  };
  signal.connect<&session::on>(*g);

  CHECK(signal.send(1) == 1);

  CHECK(ends == 1);
  CHECK(signal.send(2) == 0);
}

TEST_CASE(
    "a guarded object destroyed by one of two threads inside it lives until the last leaves") {
  // Which thread destroys it, and which leaves last.
  for (const int last : {1, 2}) {
    CAPTURE(last);
    std::atomic<int> ends{0};
    aldis::signal<void(int)> signal;
    auto g = std::make_unique<aldis::guarded<session>>(ends);
    std::latch both{2};
    event gone, left;
    (*g)->body = [&](session&, int who) {
      both.arrive_and_wait();
      if (who == 2) {
        g.reset();
        gone.set();
      }
      CHECK(gone.wait());
      if (who == last) CHECK(left.wait());
      CHECK(ends == 0);
    };
    signal.connect<&session::on>(*g);
    std::thread first([&] {
      signal.send(1);
      left.set();
    });
    std::thread second([&] {
      signal.send(2);
      left.set();
    });
    first.join();
    second.join();
    CHECK(ends == 1);
  }
}

TEST_CASE("a guarded object whose connections its receiver has cleared still outlives it") {
  aldis::signal<void()> tick;
  std::atomic<int> ends{0};
  auto g = std::make_unique<aldis::guarded<session>>(ends);
  *g += tick.connect([&] {
    CHECK(g->connections().clear() == aldis::disconnect_result::deferred);
    CHECK(g->connections().empty());
    g.reset();
    CHECK(ends == 0);
  });

  tick.send();

  CHECK(ends == 1);
  CHECK(tick.size() == 0);
}

TEST_CASE("a guarded object whose connections its receiver has replaced still outlives it") {
  for (const bool by_nothing : {true, false}) {
    CAPTURE(by_nothing);
    aldis::signal<void()> tick;
    std::atomic<int> ends{0};
    auto g = std::make_unique<aldis::guarded<session>>(ends);
    int others = 0;
    *g += tick.connect([&] {
      aldis::connections other;
      if (!by_nothing) other += tick.connect([&] { ++others; });
      g->connections() = std::move(other);
      CHECK(g->connections().size() == (by_nothing ? 0 : 1));
      g.reset();
      CHECK(ends == 0);
    });

    tick.send();

    CHECK(ends == 1);
    CHECK(others == 0);
    CHECK(tick.size() == 0);
  }
}

TEST_CASE("guarded objects that destroy each other both end after their receivers") {
  for (int round = 0; round < 50; ++round) {
    std::atomic<int> ends{0};
    aldis::signal<void(int)> one, two;
    auto a = std::make_unique<aldis::guarded<session>>(ends);
    auto b = std::make_unique<aldis::guarded<session>>(ends);
    std::latch both{2};
    (*a)->body = [&](session&, int) {
      both.arrive_and_wait();
      b.reset();
    };
    (*b)->body = [&](session&, int) {
      both.arrive_and_wait();
      a.reset();
    };
    one.connect<&session::on>(*a);
    two.connect<&session::on>(*b);
    std::thread other([&] { two.send(1); });
    one.send(1);
    other.join();
    CHECK(ends == 2);
  }
}

TEST_CASE("connections::clear returns whether its receivers have been left") {
  aldis::signal<void()> tick;
  aldis::connections bag;
  CHECK(bag.clear() == aldis::disconnect_result::not_connected);
  bag += tick.connect([] {});
  CHECK(bag.clear() == aldis::disconnect_result::disconnected);
  bag += tick.connect([] {});
  bag += tick.connect([&] { CHECK(bag.clear() == aldis::disconnect_result::deferred); });
  tick.send();
  CHECK(tick.size() == 0);
}
