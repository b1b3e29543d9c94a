// receiver_connected and receiver_disconnected.

#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(
    std::is_same_v<decltype(std::declval<aldis::signal<int(int)>&>().receiver_connected()),
                   aldis::signal<void(const aldis::connection&)>&>);

namespace {

void receiver(int) { trace.push_back("receiver"); }

/// Records the sends of the meta-signals, by label.
void watch(aldis::signal<void(int)>& ready, calls& log) {
  ready.receiver_connected().connect([&](const aldis::connection& c) {
    log.push_back('+' + c.info().label + (c.connected() ? "" : " but gone"));
  });
  ready.receiver_disconnected().connect([&](const aldis::connection& c) {
    log.push_back('-' + c.info().label + (c.connected() ? " but there" : ""));
  });
}

}  // namespace

TEST_CASE("receiver_connected and receiver_disconnected deliver the connection") {
  aldis::signal<void(int)> ready;
  std::vector<aldis::connection> heard;
  const auto hear = [&](const aldis::connection& c) { heard.push_back(c); };
  ready.receiver_connected().connect(hear);
  ready.receiver_disconnected().connect(hear);

  const aldis::connection a = ready.connect([] {});
  const aldis::connection b = ready.connect([] {});
  a.disconnect();
  b.disconnect();

  CHECK(heard == std::vector{a, b, a, b});
}

TEST_CASE("a receiver is connected and labelled when its connection is delivered") {
  aldis::signal<void(int)> ready;
  calls log;
  watch(ready, log);

  const aldis::connection c = ready.connect([] {}, aldis::label("a"), aldis::from(1));
  c.disconnect();

  CHECK(log == calls{"+a", "-a"});
}

TEST_CASE("the meta-signals are sent for every form of connect and disconnect") {
  aldis::signal<void(int)> ready;
  calls log;
  watch(ready, log);

  ready.connect(receiver, aldis::label("function"));
  ready.disconnect(receiver);
  {
    const aldis::scoped_connection c = ready.connected_to([] {}, aldis::label("temporary"));
  }
  ready.connect([] {}, aldis::label("id"), aldis::id("x"));
  ready.disconnect(aldis::id("x"));
  ready.connect([] {}, aldis::label("requested")).request_disconnect();
  ready.connect([] {}, aldis::label("all"));
  ready.disconnect_all();

  CHECK(log == calls{"+function", "-function", "+temporary", "-temporary", "+id", "-id",
                     "+requested", "-requested", "+all", "-all"});
}

TEST_CASE("the meta-signals are not sent for subscriptions, except for a receiver's last one") {
  aldis::signal<void(int)> ready;
  calls log;
  watch(ready, log);

  ready.connect(receiver, aldis::label("f"), aldis::from(1));
  ready.connect(receiver, aldis::from(2));
  ready.connect(receiver, aldis::from(2));
  ready.disconnect(receiver, aldis::from(1));
  log.push_back("one left");
  ready.disconnect(receiver, aldis::from(2));
  ready.disconnect(receiver);

  CHECK(log == calls{"+f", "one left", "-f"});
}

TEST_CASE("receiver_disconnected is sent for a replaced receiver and after a last call") {
  aldis::signal<void(int)> ready;
  calls log;
  watch(ready, log);

  ready.connect([] {}, aldis::label("old"), aldis::id("x"));
  ready.connect([] {}, aldis::label("new"), aldis::id("x"));
  ready.connect([&] { log.push_back("called"); }, aldis::label("once"), aldis::once);
  ready.send(1);

  CHECK(log == calls{"+old", "-old", "+new", "+once", "-once", "called"});
}

TEST_CASE("receiver_disconnected is not sent at the end of a tracked object, sender or signal") {
  calls log;
  {
    aldis::signal<void(int)> ready;
    watch(ready, log);
    ready.connect([] {}, aldis::tracking(std::make_shared<int>(1)), aldis::label("weak"));
    CHECK(ready.send(1) == 0);
    CHECK(ready.size() == 0);
    ready.connect([] {}, aldis::label("left"));
  }
  CHECK(log == calls{"+weak", "+left"});
}

TEST_CASE("a meta-signal is not sent for events before its first use") {
  aldis::signal<void(int)> ready;
  calls log;
  const aldis::connection c = ready.connect([] {}, aldis::label("early"));
  watch(ready, log);
  c.disconnect();

  CHECK(log == calls{"-early"});
}

TEST_CASE("a receiver's captures live until receiver_disconnected was sent") {
  aldis::signal<void(int)> ready;
  const auto kept = std::make_shared<int>(1);
  std::vector<long> owners;
  ready.receiver_disconnected().connect([&] { owners.push_back(kept.use_count()); });
  const aldis::connection c = ready.connect([kept] {});

  c.disconnect();
  owners.push_back(kept.use_count());

  CHECK(owners == std::vector<long>{2, 1});
}

TEST_CASE("if a receiver of receiver_connected throws, the connection is undone") {
  aldis::signal<void(int)> ready;
  calls log;
  const auto kept = std::make_shared<int>(1);
  watch(ready, log);
  ready.receiver_connected().connect([&](const aldis::connection& c) {
    if (c.info().label == "bad") throw std::runtime_error("refused");
  });
  ready.receiver_connected().connect([&] { log.push_back("second watcher"); });

  CHECK_THROWS_AS(ready.connect([kept] {}, aldis::label("bad")), std::runtime_error);

  CHECK(log == calls{"+bad", "-bad"});
  CHECK(kept.use_count() == 1);
  CHECK(ready.size() == 0);
  CHECK(ready.send(1) == 0);

  ready.connect([] {}, aldis::label("good"));
  CHECK(log == calls{"+bad", "-bad", "+good", "second watcher"});
  CHECK(ready.send(1) == 1);
}

TEST_CASE("if receiver_connected throws, connected_to and the connect of a method are undone") {
  struct listener {
    void on(int) {}
  };
  aldis::signal<void(int)> ready;
  listener l;
  ready.receiver_connected().connect([] { throw std::runtime_error("refused"); });

  CHECK_THROWS_AS(static_cast<void>(ready.connected_to(receiver, aldis::from(1))),
                  std::runtime_error);
  CHECK_THROWS_AS(ready.connect<&listener::on>(l), std::runtime_error);
  CHECK_FALSE(ready.is_connected(receiver));
  CHECK_FALSE(ready.is_connected<&listener::on>(l));
  CHECK_FALSE(ready.has_receivers_for(1));
}

TEST_CASE(
    "an exception of a receiver of receiver_disconnected is lost, and the others are called") {
  aldis::signal<void(int)> ready;
  calls log;
  ready.receiver_disconnected().connect([] { throw std::runtime_error("lost"); });
  ready.receiver_disconnected().connect([&] { log.push_back("heard"); });
  const aldis::connection c = ready.connect([] {});

  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(log == calls{"heard"});
}

TEST_CASE("a receiver of receiver_connected may disconnect the new receiver, and connect others") {
  aldis::signal<void(int)> ready;
  trace.clear();
  bool more = true;
  ready.receiver_connected().connect([&](const aldis::connection& c) {
    if (!std::exchange(more, false)) return;
    ready.connect([] { trace.push_back("by the watcher"); });
    c.disconnect();
  });

  const aldis::connection c = ready.connect(receiver);
  ready.send(1);

  CHECK_FALSE(c.connected());
  CHECK(trace == calls{"by the watcher"});
}

TEST_CASE("the meta-signals are signals with meta-signals") {
  aldis::signal<void(int)> ready;
  calls log;
  ready.receiver_connected().receiver_connected().connect([&] { log.push_back("watched"); });

  ready.receiver_connected().connect([] {});
  ready.connect([] {});

  CHECK(log == calls{"watched"});
  CHECK(&ready.receiver_connected() == &ready.receiver_connected());
}

TEST_CASE("the meta-signals are moved with the signal") {
  aldis::signal<void(int)> ready;
  calls log;
  watch(ready, log);

  aldis::signal<void(int)> moved = std::move(ready);
  moved.connect([] {}, aldis::label("later"));
  ready.connect([] {}, aldis::label("elsewhere"));

  CHECK(log == calls{"+later"});
}

TEST_CASE("receiver_disconnected is not sent for mutes and blocks") {
  aldis::signal<void(int)> ready;
  calls log;
  watch(ready, log);
  const aldis::connection c = ready.connect([] {}, aldis::label("a"));

  const aldis::signal_mute mute = ready.mute();
  const aldis::connection_block block = c.block();

  CHECK(log == calls{"+a"});
}
