// Signals that are destroyed during their own send.

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_CASE("a signal destroyed in its own send ends that send after the running receiver") {
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  calls log;
  std::size_t called = 0;

  SUBCASE("in a plain signal") {}
  SUBCASE("with senders") {
    ready->connect([] {}, aldis::from(2));
  }
  SUBCASE("with conditions") {
    ready->connect([] {}, aldis::not_from(1));
  }
  SUBCASE("with many receivers") {
    for (int i = 0; i < 50; ++i) ready->connect([] {}, aldis::priority(-1));
  }
  ready->connect([&] { log.push_back("before"); });
  ready->connect([&] {
    ready.reset();
    log.push_back("still running");
  });
  ready->connect([&] { log.push_back("never"); });
  auto* const sent = ready.get();
  called = sent->send(1);

  CHECK(log == calls{"before", "still running"});
  CHECK(called == 2);
}

TEST_CASE("destroying a signal three sends deep ends all of them") {
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  calls log;
  ready->connect([&](int depth) {
    log.push_back("in " + std::to_string(depth));
    if (depth < 2) {
      ready->send(depth + 1);
    } else {
      ready.reset();
    }
    log.push_back("out " + std::to_string(depth));
  });
  ready->connect([&](int depth) { log.push_back("never " + std::to_string(depth)); });

  auto* const sent = ready.get();
  sent->send(0);

  CHECK(log == calls{"in 0", "in 1", "in 2", "out 2", "out 1", "out 0"});
}

TEST_CASE("answers given before the signal is destroyed are returned") {
  auto asked = std::make_unique<aldis::signal<int(std::string)>>();
  asked->connect([](const std::string&) { return 1; });
  asked->connect([&](const std::string&) {
    asked.reset();
    return 2;
  });
  asked->connect([](const std::string&) { return 3; });

  auto* const sent = asked.get();
  const auto replies = sent->send("how many?");

  const auto values = replies.values();
  CHECK(std::vector<int>(values.begin(), values.end()) == std::vector<int>{1, 2});
  CHECK_FALSE(replies[0].receiver.connected());
}

TEST_CASE("send_robust and send_until end correctly when the signal is destroyed") {
  auto asked = std::make_unique<aldis::signal<int()>>();
  asked->connect([&] {
    asked.reset();
    return 1;
  });
  asked->connect([] { return 2; });
  auto* sent = asked.get();
  const auto outcomes = sent->send_robust();
  CHECK(outcomes.size() == 1);

  asked = std::make_unique<aldis::signal<int()>>();
  asked->connect([&] {
    asked.reset();
    return 1;
  });
  asked->connect([] { return 2; });
  sent = asked.get();
  const auto found = sent->send_until([](int n) { return n == 2; });
  CHECK_FALSE(found.has_value());
}

TEST_CASE("a receiver may destroy the signal and throw") {
  auto ready = std::make_unique<aldis::signal<void()>>();
  calls log;
  ready->connect([&] {
    ready.reset();
    throw std::string("out");
  });
  ready->connect([&] { log.push_back("never"); });

  auto* const sent = ready.get();
  CHECK_THROWS_AS(sent->send(), std::string);

  CHECK(log == calls{});
}

TEST_CASE("a receiver that destroys the signal keeps its captures until it returns") {
  auto ready = std::make_unique<aldis::signal<void()>>();
  calls log;
  auto text = std::shared_ptr<std::string>(new std::string("captured"), [&](std::string* s) {
    log.push_back("destroyed");
    delete s;
  });
  ready->connect([&log, &ready, text = std::move(text)] {
    ready.reset();
    log.push_back(*text);
  });

  auto* const sent = ready.get();
  sent->send();

  CHECK(log == calls{"captured", "destroyed"});
}

TEST_CASE("a signal destroyed by a predicate calls no receiver") {
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  calls log;
  ready->connect([&] { log.push_back("before"); });
  ready->connect([&] { log.push_back("after"); }, aldis::priority(-1));
  ready->connect([&] { log.push_back("asked"); }, aldis::when([&] {
                   ready.reset();
                   return false;
                 }));

  auto* const sent = ready.get();
  const std::size_t called = sent->send(1);

  CHECK(called == 1);
  CHECK(log == calls{"before"});
}

TEST_CASE("connections, blocks and mutes may outlive their signal") {
  calls log;
  std::optional<aldis::signal<void()>> tick(std::in_place);
  const aldis::connection c = tick->connect([&] { log.push_back("heard"); });
  aldis::scoped_connection scoped = tick->connect([&] { log.push_back("heard"); });
  aldis::connections bag;
  bag += tick->connect([&] { log.push_back("heard"); });
  aldis::connection_block block = c.block();
  aldis::signal_mute mute = tick->mute();

  tick.reset();

  CHECK_FALSE(c.connected());
  CHECK_FALSE(scoped.connected());
  CHECK(bag.size() == 0);
  CHECK(c.disconnect() == aldis::disconnect_result::not_connected);
  CHECK(c.request_disconnect() == aldis::disconnect_result::not_connected);
  CHECK(scoped.disconnect() == aldis::disconnect_result::not_connected);
  CHECK_FALSE(c == scoped.get());
  block.unblock();
  mute.unmute();
  const aldis::connection_block late = c.block();
  CHECK(log == calls{});
}
