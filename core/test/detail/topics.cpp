// Stress tests of topics: patterns are added and removed while other threads send.

#include <aldis/aldis.hpp>

#include "../event.hpp"
#include "../stress.hpp"
#include "../topic_model.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using topical = aldis::signal<void(std::string_view)>;

}  // namespace

TEST_CASE("no receiver with a pattern runs after its disconnect has returned") {
  topical signal;
  const auto steady = signal.connect([] {}, aldis::matching("a.*"));
  const char* const patterns[] = {"a.b", "a.*", "*.b", "a.>", ">"};
  std::atomic<int> wrong{0};
  {
    stress::hammer senders(2, [&](int) { signal.send("a.b"); });
    for (int i = 0; i < 10000; ++i) {
      auto bird = std::make_shared<stress::canary>();
      auto connection = signal.connect(
          [bird = bird.get(), &wrong] {
            bird->users.fetch_add(1);
            if (!bird->alive.load()) wrong.fetch_add(1);
            bird->users.fetch_sub(1);
          },
          aldis::matching(patterns[i % 5]));
      connection.disconnect();
      bird->alive = false;
      if (bird->users.load() != 0) wrong.fetch_add(1);
    }
  }
  CHECK(wrong.load() == 0);
  CHECK(signal.size() == 1);
}

TEST_CASE(
    "the captures of a receiver with a pattern are destroyed when its disconnect has returned") {
  topical signal;
  bool destroyed = true;
  {
    stress::hammer senders(2, [&](int) { signal.send("a.b"); });
    for (int i = 0; i < 3000; ++i) {
      auto held = std::make_shared<int>(i);
      const std::weak_ptr<int> watch = held;
      const auto connection = signal.connect([held = std::move(held)] {}, aldis::matching("a.*"));
      connection.disconnect();
      destroyed = destroyed && watch.expired();
    }
  }
  CHECK(destroyed);
}

TEST_CASE("a pattern removed from a connected receiver selects no call that begins later") {
  struct target {
    std::atomic<bool> allowed{true};
    std::atomic<int> wrong{0};
    void hear(std::string_view topic) {
      if (topic == "a.b" && !allowed.load()) wrong.fetch_add(1);
    }
  } object;
  topical signal;
  {
    signal.connect<&target::hear>(object, aldis::matching("c.*"));
    stress::hammer senders(2, [&](int i) { signal.send(i == 0 ? "a.b" : "c.b"); });
    for (int i = 0; i < 5000; ++i) {
      object.allowed = true;
      signal.connect<&target::hear>(object, aldis::matching("a.*"));
      signal.connect<&target::hear>(object, aldis::matching("*.b"), aldis::matching("a.b"));
      signal.disconnect<&target::hear>(object, aldis::matching("a.b"));
      signal.disconnect<&target::hear>(object, aldis::matching("a.*"));
      signal.disconnect<&target::hear>(object, aldis::matching("*.b"));
      object.allowed = false;
    }
  }
  CHECK(object.wrong.load() == 0);
  CHECK(signal.size() == 1);
}

TEST_CASE("slots are reused while sends remember them, and no receiver gets another's topic") {
  topical signal;
  std::atomic<int> wrong{0};
  const char* const topics[] = {"a.x", "b.x", "c.x"};
  {
    stress::hammer senders(2, [&](int i) {
      signal.send(topics[i]);
      signal.send(topics[2 - i]);
    });
    std::mt19937 random(7);
    std::vector<aldis::connection> living;
    for (int i = 0; i < 20000; ++i) {
      if (living.size() < 20 || (living.size() < 200 && random() % 2 == 0)) {
        const char* const topic = topics[random() % 3];
        const std::string pattern = std::string(topic, 1) + (random() % 2 == 0 ? ".*" : ".>");
        living.push_back(signal.connect(
            [topic, &wrong](std::string_view sent) {
              if (sent != topic) wrong.fetch_add(1);
            },
            aldis::matching(pattern), aldis::priority(static_cast<int>(random() % 3))));
      } else {
        std::swap(living[random() % living.size()], living.back());
        living.back().disconnect();
        living.pop_back();
      }
    }
  }
  CHECK(wrong.load() == 0);
}

TEST_CASE("a thousand patterns are added and removed while two threads send, and no call is lost") {
  // Each sending thread checks permanent receivers; the other receivers are added and removed.
  topical signal;
  topic_model::maker fixed(11);
  std::vector<std::string> patterns;
  for (int i = 0; i < 60; ++i) patterns.push_back(fixed.pattern());
  thread_local std::vector<std::size_t>* heard = nullptr;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    signal.connect(
        [i] {
          if (heard) heard->push_back(i);
        },
        aldis::matching(patterns[i]));
  }
  std::atomic<int> errors{0};
  {
    topic_model::maker makers[] = {topic_model::maker(1), topic_model::maker(2)};
    stress::hammer senders(2, [&](int thread) {
      const std::string topic = makers[thread].topic();
      std::vector<std::size_t> calls;
      std::vector<std::size_t> expected;
      for (std::size_t i = 0; i < patterns.size(); ++i) {
        if (topic_model::matches(patterns[i], topic)) expected.push_back(i);
      }
      heard = &calls;
      signal.send(topic);
      heard = nullptr;
      if (calls != expected) errors.fetch_add(1);
    });
    topic_model::maker make(3);
    std::vector<aldis::scoped_connection> coming;
    for (int round = 0; round < 6; ++round) {
      for (int i = 0; i < 1000; ++i) {
        coming.emplace_back(signal.connect(
            [] {}, aldis::matching("x." + std::to_string(i % 97) + "." + make.pattern())));
        coming.emplace_back(
            signal.connect([] {}, aldis::matching("a.*." + std::to_string(i) + ".>")));
      }
      coming.clear();
      // Long enough for sends to return to the fast path.
      senders.wait_for(600);
    }
  }
  CHECK(errors.load() == 0);
  CHECK(signal.size() == patterns.size());
}

TEST_CASE("random patterns, topics, connects and disconnects on three threads agree with a model") {
  // A clock orders the actions of the threads. It determines which receivers may and must be
  // called.
  struct life {
    std::string pattern;
    std::uint64_t connect_began = 0;
    std::uint64_t connected = 0;
    std::atomic<std::uint64_t> disconnect_began{UINT64_MAX};
    std::atomic<std::uint64_t> disconnected{UINT64_MAX};
  };
  static thread_local std::vector<const life*>* heard = nullptr;
  std::atomic<std::uint64_t> clock{1};
  topical signal;
  std::mutex mutex;
  std::vector<std::shared_ptr<life>> lives;
  std::atomic<int> errors{0};

  const auto work = [&](unsigned seed) {
    topic_model::maker make(seed);
    std::vector<std::pair<std::shared_ptr<life>, aldis::connection>> mine;
    for (int round = 0; round < 800; ++round) {
      const int what = make.below(4);
      if (what == 0 || mine.empty()) {
        auto made = std::make_shared<life>();
        made->pattern = make.pattern();
        made->connect_began = clock.fetch_add(1);
        const auto connection = signal.connect(
            [seen = made.get()] {
              if (heard) heard->push_back(seen);
            },
            aldis::priority(make.below(3)), aldis::matching(made->pattern));
        made->connected = clock.fetch_add(1);
        mine.emplace_back(made, connection);
        const std::lock_guard lock(mutex);
        lives.push_back(std::move(made));
      } else if (what == 1) {
        const auto at = mine.begin() + make.below(static_cast<int>(mine.size()));
        at->first->disconnect_began = clock.fetch_add(1);
        at->second.disconnect();
        at->first->disconnected = clock.fetch_add(1);
        mine.erase(at);
      } else {
        std::vector<std::shared_ptr<life>> known;
        {
          const std::lock_guard lock(mutex);
          known = lives;
        }
        const std::string topic = make.topic();
        std::vector<const life*> calls;
        heard = &calls;
        const std::uint64_t began = clock.fetch_add(1);
        signal.send(topic);
        const std::uint64_t ended = clock.fetch_add(1);
        heard = nullptr;
        for (const auto& each : known) {
          const auto times = std::count(calls.begin(), calls.end(), each.get());
          const bool matches = topic_model::matches(each->pattern, topic);
          const bool must =
              matches && each->connected < began && each->disconnect_began.load() > ended;
          const bool must_not =
              !matches || each->disconnected.load() < began || each->connect_began > ended;
          if (times > 1 || (must && times != 1) || (must_not && times != 0)) errors.fetch_add(1);
        }
      }
    }
  };
  std::vector<std::thread> team;
  for (unsigned i = 1; i <= 3; ++i) team.emplace_back(work, i);
  for (std::thread& each : team) each.join();

  CHECK(errors.load() == 0);
}

TEST_CASE("a disconnect, and the removal of a pattern, wait for a call that a topic selected") {
  struct visitor {
    event entered;
    event leave;
    std::atomic<bool> left{false};
    void on(std::string_view) {
      entered.set();
      // A disconnect that waits returns after this; one that does not returns before.
      static_cast<void>(leave.wait(std::chrono::milliseconds(50)));
      left = true;
    }
  } v;
  topical signal;
  signal.connect([] {}, aldis::matching("a.*"), aldis::priority(1));
  const aldis::connection c = signal.connect<&visitor::on>(v, aldis::matching("a.*"));
  signal.connect<&visitor::on>(v, aldis::matching("x"));
  std::jthread sender([&] { signal.send("a.b"); });
  REQUIRE(v.entered.wait());

  SUBCASE("the receiver") {
    CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
    CHECK(v.left);
  }
  SUBCASE("its subscription") {
    CHECK(signal.disconnect<&visitor::on>(v, aldis::matching("a.*")) ==
          aldis::disconnect_result::disconnected);
    CHECK(v.left);
  }
  SUBCASE("another of its subscriptions: does not wait") {
    CHECK(signal.disconnect<&visitor::on>(v, aldis::matching("x")) ==
          aldis::disconnect_result::disconnected);
    v.leave.set();
  }
  SUBCASE("the whole signal") {
    signal.disconnect_all();
    CHECK(v.left);
  }
}

TEST_CASE("a send remembers its receivers while patterns and their slots are replaced") {
  // A send is stopped inside its first receiver, while all later receivers are replaced.
  topical signal;
  event entered;
  event leave;
  std::atomic<int> wrong{0};
  std::atomic<int> kept{0};
  bool in_time = true;
  signal.connect(
      [&] {
        entered.set();
        in_time = leave.wait() && in_time;
      },
      aldis::priority(1), aldis::matching("a"));
  std::vector<aldis::connection> old;
  for (int i = 0; i < 500; ++i) {
    old.push_back(
        signal.connect([&] { wrong.fetch_add(1); }, aldis::matching(i % 2 == 0 ? "a" : "*")));
  }
  signal.connect([&] { kept.fetch_add(1); }, aldis::matching(">"));
  std::size_t called = 0;
  std::jthread sender([&] { called = signal.send("a"); });
  REQUIRE(entered.wait());

  for (auto& each : old) std::exchange(each, {}).disconnect();
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 300; ++i) {
      old.push_back(signal.connect([&] { wrong.fetch_add(1); }, aldis::matching("a")));
    }
    if (round == 19) break;
    for (auto& each : old) std::exchange(each, {}).disconnect();
    old.clear();
  }
  leave.set();
  sender.join();

  CHECK(in_time);
  CHECK(wrong.load() == 0);
  CHECK(kept.load() == 1);
  CHECK(called == 2);
  CHECK(signal.send("b") == 1);
}
