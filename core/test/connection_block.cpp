// connection::block() and signal::mute().

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

void receiver(int) { trace.push_back("receiver"); }

}  // namespace

TEST_CASE("a blocked receiver is skipped during the lifetime of the block") {
  aldis::signal<void(int)> ready;
  calls heard;
  const aldis::connection a = ready.connect([&] { heard.push_back("a"); });
  ready.connect([&] { heard.push_back("b"); });

  std::vector<bool> blocked{a.blocked()};
  {
    const aldis::connection_block block = a.block();
    blocked.push_back(a.blocked());
    CHECK(ready.send(1) == 1);
    CHECK(a.connected());
    CHECK(ready.size() == 2);
  }
  blocked.push_back(a.blocked());
  CHECK(ready.send(1) == 2);

  CHECK(heard == calls{"b", "a", "b"});
  CHECK(blocked == std::vector{false, true, false});
}

TEST_CASE("blocks are counted: the last to go ends them, in any order") {
  aldis::signal<void()> tick;
  const aldis::connection c = tick.connect([] {});
  aldis::connection_block first = c.block();
  aldis::connection_block second = aldis::connection(c).block();
  std::vector<std::size_t> ran{tick.send()};

  first.unblock();
  ran.push_back(tick.send());
  first.unblock();
  ran.push_back(tick.send());
  second.unblock();
  ran.push_back(tick.send());

  CHECK(ran == std::vector<std::size_t>{0, 0, 0, 1});
}

TEST_CASE("a block affects one receiver of one signal only") {
  aldis::signal<void(int)> ready;
  aldis::signal<void(int)> other;
  trace.clear();
  const aldis::connection c = ready.connect(receiver);
  other.connect(receiver);

  const aldis::connection_block block = c.block();
  ready.send(1);
  CHECK(trace == calls{});
  other.send(1);
  CHECK(trace == calls{"receiver"});
}

TEST_CASE("a block can be moved and assigned to itself; assignment ends the old one") {
  aldis::signal<void()> tick;
  const aldis::connection a = tick.connect([] {});
  const aldis::connection b = tick.connect([] {});
  aldis::connection_block first = a.block();
  aldis::connection_block moved = std::move(first);
  CHECK(a.blocked());
  first.unblock();
  CHECK(a.blocked());

  auto& same = moved;
  moved = std::move(same);
  CHECK(a.blocked());

  moved = b.block();
  CHECK_FALSE(a.blocked());
  CHECK(b.blocked());

  const aldis::connection_block none;
  moved = aldis::connection_block();
  CHECK_FALSE(b.blocked());
}

TEST_CASE("a receiver blocked during a send before its turn is not called") {
  aldis::signal<void()> tick;
  calls heard;
  aldis::connection later;
  std::optional<aldis::connection_block> block;
  tick.connect([&] { block = later.block(); });
  later = tick.connect([&] { heard.push_back("later"); });

  tick.send();
  CHECK(heard == calls{});
  block.reset();
  block = std::nullopt;
  tick.send();
  CHECK(heard == calls{});
}

TEST_CASE("a receiver may block itself, and its running call continues") {
  aldis::signal<void()> tick;
  calls heard;
  aldis::connection own;
  aldis::connection_block block;
  own = tick.connect([&] {
    block = own.block();
    heard.push_back("called");
  });

  tick.send();
  tick.send();
  block.unblock();
  tick.send();

  CHECK(heard == calls{"called", "called"});
}

TEST_CASE("a receiver blocked in one send may be unblocked in it before its turn") {
  aldis::signal<void()> tick;
  calls heard;
  aldis::connection later;
  aldis::connection_block block;
  tick.connect([&] { block = later.block(); });
  tick.connect([&] { block.unblock(); });
  later = tick.connect([&] { heard.push_back("later"); });

  tick.send();

  CHECK(heard == calls{"later"});
}

TEST_CASE("unblocking a receiver that was disconnected meanwhile does not reconnect it") {
  aldis::signal<void()> tick;
  const aldis::connection c = tick.connect([] {});
  aldis::connection_block block = c.block();

  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
  block.unblock();

  CHECK(tick.send() == 0);
  CHECK_FALSE(c.connected());
}

TEST_CASE("a blocked receiver keeps its remaining calls and its subscriptions") {
  aldis::signal<void(int)> ready;
  trace.clear();
  const aldis::connection single = ready.connect([] { trace.push_back("once"); }, aldis::once);
  const aldis::connection linked = ready.connect(receiver, aldis::from(1));
  {
    const aldis::connection_block a = single.block();
    const aldis::connection_block b = linked.block();
    ready.connect(receiver, aldis::from(2));
    CHECK(ready.send(1) + ready.send(2) == 0);
  }
  ready.send(1);
  ready.send(2);

  CHECK(trace == calls{"once", "receiver", "receiver"});
}

TEST_CASE("a new receiver under the same id is not blocked by the old one's block") {
  aldis::signal<void()> tick;
  calls heard;
  const aldis::connection old = tick.connect([&] { heard.push_back("old"); }, aldis::id("x"));
  aldis::connection_block block = old.block();
  tick.connect([&] { heard.push_back("new"); }, aldis::id("x"));

  tick.send();
  block.unblock();
  tick.send();

  CHECK(heard == calls{"new", "new"});
}

TEST_CASE("a muted signal calls no receiver during the lifetime of the mute") {
  aldis::signal<void()> tick;
  tick.connect([] {});
  std::vector<std::size_t> ran;
  {
    const aldis::signal_mute mute = tick.mute();
    CHECK(tick.muted());
    ran.push_back(tick.send());
  }
  CHECK_FALSE(tick.muted());
  ran.push_back(tick.send());

  CHECK(ran == std::vector<std::size_t>{0, 1});
}

TEST_CASE("every form of send is muted") {
  aldis::signal<int(int)> asked;
  asked.connect([](int n) { return n; });
  aldis::signal<void(int)> told;
  told.connect([] {}, aldis::from(1));
  const aldis::signal_mute a = asked.mute();
  const aldis::signal_mute b = told.mute();

  CHECK(asked.send(1).empty());
  CHECK(asked.send_robust(1).empty());
  CHECK_FALSE(asked.send_until([](int) { return true; }, 1).has_value());
  CHECK(told(1) == 0);
  CHECK(told.send_robust(1).empty());
}

TEST_CASE("mutes are counted: the last to go ends them, in any order") {
  aldis::signal<void()> tick;
  aldis::signal<void()> other;
  tick.connect([] {});
  other.connect([] {});
  aldis::signal_mute first = tick.mute();
  aldis::signal_mute second = tick.mute();
  std::vector<std::size_t> ran{tick.send()};

  first.unmute();
  first.unmute();
  ran.push_back(tick.send());
  second.unmute();
  ran.push_back(tick.send());

  CHECK(ran == std::vector<std::size_t>{0, 0, 1});
  CHECK(other.send() == 1);
}

TEST_CASE("a mute can be moved and assigned to itself; assignment ends the old one") {
  aldis::signal<void()> a;
  aldis::signal<void()> b;
  aldis::signal_mute first = a.mute();
  aldis::signal_mute moved = std::move(first);
  first.unmute();
  CHECK(a.muted());

  auto& same = moved;
  moved = std::move(same);
  CHECK(a.muted());

  moved = b.mute();
  CHECK_FALSE(a.muted());
  CHECK(b.muted());

  const aldis::signal_mute none;
  moved = aldis::signal_mute();
  CHECK_FALSE(b.muted());
}

TEST_CASE("a send that is running when the signal is muted continues") {
  aldis::signal<void(int)> ready;
  calls heard;
  aldis::signal_mute mute;
  ready.connect([&](int n) {
    heard.push_back("first " + std::to_string(n));
    mute = ready.mute();
    ready.send(2);
  });
  ready.connect([&](int n) { heard.push_back("second " + std::to_string(n)); });

  ready.send(1);
  ready.send(3);

  CHECK(heard == calls{"first 1", "second 1"});
}

TEST_CASE("a signal can be muted before the first connect, and connected to while it is muted") {
  aldis::signal<void()> tick;
  {
    const aldis::signal_mute mute = tick.mute();
    tick.connect([] {});
    CHECK(tick.send() == 0);
    CHECK(tick.has_receivers());
  }
  CHECK(tick.send() == 1);
}

TEST_CASE("a receiver that is unblocked before its turn is called, with its arguments intact") {
  aldis::signal<void(std::string)> s;
  aldis::connection_block blocked;
  std::vector<std::string> heard;
  s.connect([&](std::string text) {
    blocked.unblock();
    heard.push_back(std::move(text));
  });
  blocked = s.connect([&](std::string text) { heard.push_back(std::move(text)); }).block();

  CHECK(s.send("hello") == 2);
  CHECK(heard == std::vector<std::string>{"hello", "hello"});
}
