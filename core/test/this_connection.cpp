#include <aldis/connection.hpp>
#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include "event.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using aldis::disconnect_result;
using aldis::this_connection;

static_assert(noexcept(this_connection()));

namespace {

/// Records this_connection() in copies of an argument, conditions and destructors.
struct probe {
  std::vector<aldis::connection>* log;

  explicit probe(std::vector<aldis::connection>& into) : log(&into) {}
  probe(const probe& other) : log(other.log) { log->push_back(this_connection()); }
  probe(probe&& other) noexcept : log(std::exchange(other.log, nullptr)) {}
  probe& operator=(const probe&) = delete;
  ~probe() {
    if (log) log->push_back(this_connection());
  }
};

using connections = std::vector<aldis::connection>;

}  // namespace

TEST_CASE("this_connection is empty outside of receivers") {
  aldis::signal<void()> tick;
  const auto c = tick.connect([] {});
  aldis::connection in_new_thread = c;
  std::thread([&] { in_new_thread = this_connection(); }).join();

  CHECK(this_connection() == aldis::connection());
  CHECK(in_new_thread == aldis::connection());
  tick.send();
  CHECK(this_connection() == aldis::connection());
}

TEST_CASE("a receiver finds its own connection, however it is called") {
  connections seen;
  const auto note = [&] { seen.push_back(this_connection()); };
  aldis::signal<void()> tick;
  connections all{tick.connect(note)};

  tick.send();  // only one receiver
  CHECK(seen == all);

  for (int i = 0; i < 6; ++i) all.push_back(tick.connect(note));
  seen.clear();
  tick.send();  // several receivers
  CHECK(seen == all);

  all.push_back(tick.connect(note, aldis::times(100)));
  seen.clear();
  tick.send();  // the slow path
  CHECK(seen == all);
  seen.clear();
  tick.send_robust();
  CHECK(seen == all);
}

TEST_CASE("a receiver selected by sender, by topic or by both finds its own connection") {
  connections seen;
  const auto note = [&] { seen.push_back(this_connection()); };
  aldis::signal<void(std::string_view)> told;
  const connections all{told.connect(note, aldis::from("a.b")),
                        told.connect(note, aldis::matching("a.*")),
                        told.connect(note, aldis::matching("a.>"), aldis::from("a.b"))};

  told.send("a.b");

  CHECK(seen == all);
}

TEST_CASE("receivers with answers find their own connection") {
  aldis::signal<aldis::connection()> who;
  const connections all{who.connect(&this_connection),
                        who.connect([] { return this_connection(); })};

  const auto replies = who.send();

  connections seen;
  for (const auto& reply : replies) {
    seen.push_back(reply.value);
    CHECK(reply.value == reply.receiver);
  }
  CHECK(seen == all);
}

TEST_CASE("a receiver that disconnects itself is called once, even before connect returns") {
  aldis::signal<void()> ready;
  std::atomic<int> called = 0;
  std::vector<disconnect_result> results;
  // connect() has not returned yet: a captured connection would be empty here.
  ready.receiver_connected().connect([&] {
    std::thread([&] {
      ready.send();
      ready.send();
    }).join();
  });

  const auto c = ready.connect([&] {
    ++called;
    results.push_back(this_connection().disconnect());
  });

  CHECK(called == 1);
  CHECK(results == std::vector{disconnect_result::deferred});
  CHECK_FALSE(c.connected());
  CHECK(ready.send() == 0);
}

TEST_CASE("this_connection is that of the innermost receiver, and after it the outer one") {
  connections seen;
  aldis::signal<void()> inner;
  aldis::signal<void(int)> outer;
  const auto in = inner.connect([&] { seen.push_back(this_connection()); });
  const auto out = outer.connect([&](int depth) {
    seen.push_back(this_connection());
    inner.send();
    if (depth > 0) outer.send(depth - 1);
    seen.push_back(this_connection());
  });

  outer.send(1);

  CHECK(seen == connections{out, in, out, in, out, out});
  CHECK(this_connection() == aldis::connection());
}

TEST_CASE("this_connection is reset after an exception of a receiver") {
  aldis::signal<void()> inner;
  aldis::signal<void()> outer;
  inner.connect([] { throw 1; });
  aldis::connection seen;
  const auto out = outer.connect([&] {
    CHECK_THROWS(inner.send());
    seen = this_connection();
  });

  outer.send();

  CHECK(seen == out);
  CHECK(this_connection() == aldis::connection());
}

TEST_CASE("this_connection is valid after its receiver was disconnected") {
  aldis::signal<void()> tick;
  aldis::connection seen;
  bool connected = true;
  disconnect_result again = disconnect_result::disconnected;
  const auto c = tick.connect([&] {
    this_connection().disconnect();
    seen = this_connection();
    connected = seen.connected();
    again = seen.disconnect();
  });

  tick.send();

  CHECK(seen == c);
  CHECK_FALSE(connected);
  CHECK(again == disconnect_result::deferred);
}

TEST_CASE("this_connection is valid in a last call, whose receiver is already disconnected") {
  aldis::signal<void()> tick;
  aldis::connection seen;
  const auto c = tick.connect([&] { seen = this_connection(); }, aldis::once);

  tick.send();

  CHECK(seen == c);
}

TEST_CASE("this_connection is valid after its receiver has destroyed the signal") {
  std::optional<aldis::signal<void()>> tick(std::in_place);
  aldis::connection seen;
  tick->connect([&] {
    tick.reset();
    seen = this_connection();
  });

  tick->send();

  CHECK_FALSE(seen == aldis::connection());
  CHECK_FALSE(seen.connected());
}

TEST_CASE("this_connection is separate for each thread") {
  aldis::signal<void(int)> work;
  event first_inside;
  event second_done;
  aldis::connection seen[2];
  bool in_time[2] = {};
  const auto c = work.connect([&](int who) {
    if (who == 0) {
      first_inside.set();
      in_time[0] = second_done.wait();
    }
    seen[who] = this_connection();
  });
  std::thread other([&] { work.send(0); });
  in_time[1] = first_inside.wait();

  CHECK(this_connection() == aldis::connection());
  work.send(1);
  second_done.set();
  other.join();

  CHECK(in_time[0]);
  CHECK(in_time[1]);
  CHECK(seen[0] == c);
  CHECK(seen[1] == c);
}

TEST_CASE("conditions find the connection of their receiver, and may disconnect it") {
  aldis::signal<void(int)> told;
  connections seen;
  int called = 0;
  told.connect([] {});
  const auto c = told.connect([&] { ++called; }, aldis::when([&](int n) {
                                seen.push_back(this_connection());
                                if (n > 1) this_connection().disconnect();
                                return n == 1;
                              }));

  told.send(1);
  told.send(2);
  told.send(1);

  CHECK(called == 1);
  CHECK(seen == connections{c, c});
}

TEST_CASE("the predicate of send_until finds the connection of the receiver that answered") {
  aldis::signal<int()> ask;
  ask.connect([] { return 1; });
  const auto second = ask.connect([] { return 2; });
  aldis::connection seen;

  ask.send_until([&](int n) {
    seen = this_connection();
    return n == 2;
  });

  CHECK(seen == second);
}

TEST_CASE("the copy of an argument finds the connection of the receiver that gets it") {
  connections seen;
  aldis::signal<void(probe)> told;
  const auto c = told.connect([](const probe&) {});
  told.connect([](const probe&) {});
  seen.clear();
  {
    probe given(seen);
    told.send(std::move(given));
  }

  CHECK(!seen.empty());
  CHECK(seen.front() == c);
}

TEST_CASE("a receiver's destructor finds the connection of the receiver that ended it, if any") {
  connections seen;
  aldis::signal<void()> tick;
  aldis::signal<void()> other;
  {
    const auto c = other.connect([p = probe(seen)] {});
    seen.clear();
    c.disconnect();
    CHECK(seen == connections{{}});
  }

  const auto c = other.connect([p = probe(seen)] {});
  const auto ending = tick.connect([&] { c.disconnect(); });
  seen.clear();
  tick.send();
  CHECK(seen == connections{ending});

  other.connect([p = probe(seen)] { this_connection().disconnect(); });
  seen.clear();
  other.send();
  CHECK(seen == connections{{}});  // its receiver has already returned
}

TEST_CASE("receivers of the meta-signals find their own connection") {
  connections seen;
  aldis::signal<void()> tick;
  const auto added = tick.receiver_connected().connect([&] { seen.push_back(this_connection()); });
  const auto gone =
      tick.receiver_disconnected().connect([&] { seen.push_back(this_connection()); });

  tick.connect([] {}).disconnect();

  CHECK(seen == connections{added, gone});
}

TEST_CASE("a receiver can query and block itself through this_connection") {
  aldis::signal<void()> tick;
  std::string label;
  std::vector<aldis::connection_block> blocks;
  tick.connect(
      [&] {
        label = this_connection().info().label;
        blocks.push_back(this_connection().block());
      },
      aldis::label("clock"));

  CHECK(tick.send() == 1);
  CHECK(label == "clock");
  CHECK(tick.send() == 0);
  blocks.clear();
  CHECK(tick.send() == 1);
}
