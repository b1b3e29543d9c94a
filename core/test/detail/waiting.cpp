// Which disconnects wait, and which do not.

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

using aldis::disconnect_result;
using namespace std::chrono_literals;

namespace {

/// A second thread inside a receiver, until it is released.
class parked {
 public:
  parked() {
    connection = signal.connect([this, held = held_] {
      inside_.count_down();
      go_.wait();
    });
    held_.reset();
    thread_ = std::thread([this] { signal.send(); });
    inside_.wait();
  }
  ~parked() {
    let_go();
    thread_.join();
  }

  void let_go() {
    if (!gone_.exchange(true)) go_.count_down();
  }
  bool destroyed() const { return watch_.expired(); }

 private:
  std::shared_ptr<int> held_ = std::make_shared<int>(1);
  std::weak_ptr<int> watch_ = held_;
  std::latch inside_{1}, go_{1};
  std::atomic<bool> gone_{false};
  std::thread thread_;

 public:
  aldis::signal<void()> signal;
  aldis::connection connection;
};

}  // namespace

TEST_CASE("disconnect waits for a call on another thread") {
  parked other;
  std::atomic<bool> returned{false};
  std::atomic<bool> began{false};
  std::thread waiting([&] {
    began = true;
    CHECK(other.connection.disconnect() == disconnect_result::disconnected);
    CHECK(other.destroyed());
    returned = true;
  });
  while (!began || other.connection.connected()) std::this_thread::yield();
  CHECK_FALSE(returned);
  CHECK_FALSE(other.destroyed());

  other.let_go();
  waiting.join();
  CHECK(returned);
}

TEST_CASE("request_disconnect does not wait; the last to leave destroys") {
  parked other;
  CHECK(other.connection.request_disconnect() == disconnect_result::deferred);
  CHECK_FALSE(other.connection.connected());
  CHECK_FALSE(other.destroyed());
  CHECK(other.signal.send() == 0);

  other.let_go();
  // A second caller gets the final result.
  CHECK(other.connection.disconnect() == disconnect_result::not_connected);
  CHECK(other.destroyed());
}

TEST_CASE("disconnect_for gives up after its time") {
  parked other;
  CHECK(other.connection.disconnect_for(1ms) == disconnect_result::timed_out);
  CHECK_FALSE(other.connection.connected());
  other.let_go();
  CHECK(other.connection.disconnect_for(1h) == disconnect_result::not_connected);
  CHECK(other.destroyed());
}

TEST_CASE("disconnecting under a mutex that the receiver wants ends with the time") {
  std::mutex mutex;
  aldis::signal<void()> signal;
  std::latch inside(1);
  const auto connection = signal.connect([&] {
    inside.count_down();
    const std::lock_guard lock(mutex);
  });
  std::unique_lock lock(mutex);
  std::thread sender([&] { signal.send(); });
  inside.wait();

  CHECK(connection.disconnect_for(1ms) == disconnect_result::timed_out);

  lock.unlock();
  sender.join();
  CHECK(connection.disconnect() == disconnect_result::not_connected);
}

TEST_CASE("two threads inside one receiver both disconnect it, and neither waits") {
  for (int round = 0; round < 200; ++round) {
    aldis::signal<void()> signal;
    std::latch both(2);
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> watch = held;
    aldis::connection connection;
    std::atomic<int> deferred{0};
    connection = signal.connect([&, held = std::move(held)] {
      both.arrive_and_wait();
      if (connection.disconnect() == disconnect_result::deferred) ++deferred;
    });
    std::thread other([&] { signal.send(); });
    signal.send();
    other.join();
    CHECK(deferred == 2);
    CHECK(watch.expired());
  }
}

TEST_CASE("of two receivers that disconnect each other, one does not wait, and both end") {
  for (int round = 0; round < 200; ++round) {
    aldis::signal<void()> x, y;
    aldis::connection in_x, in_y;
    std::latch both(2);
    disconnect_result from_x{}, from_y{};
    in_x = x.connect([&] {
      both.arrive_and_wait();
      from_x = in_y.disconnect();
    });
    in_y = y.connect([&] {
      both.arrive_and_wait();
      from_y = in_x.disconnect();
    });
    std::thread other([&] { y.send(); });
    x.send();
    other.join();
    const int deadlocks = (from_x == disconnect_result::would_deadlock ? 1 : 0) +
                          (from_y == disconnect_result::would_deadlock ? 1 : 0);
    CHECK(deadlocks == 1);
    CHECK_FALSE(in_x.connected());
    CHECK_FALSE(in_y.connected());
    CHECK(x.send() == 0);
    CHECK(y.send() == 0);
  }
}

TEST_CASE("a cycle of three waits is detected") {
  aldis::signal<void()> signals[3];
  aldis::connection connections[3];
  std::latch all(3);
  std::atomic<int> deadlocks{0};
  for (int i = 0; i < 3; ++i) {
    connections[i] = signals[i].connect([&, i] {
      all.arrive_and_wait();
      if (connections[(i + 1) % 3].disconnect() == disconnect_result::would_deadlock) ++deadlocks;
    });
  }
  std::vector<std::thread> threads;
  for (auto& each : signals) threads.emplace_back([&each] { each.send(); });
  for (std::thread& each : threads) each.join();
  CHECK(deadlocks == 1);
}

TEST_CASE("a receiver with times runs exactly that often under concurrent sends") {
  for (int round = 0; round < 300; ++round) {
    aldis::signal<void()> signal;
    std::atomic<int> once{0}, thrice{0};
    signal.connect([&] { ++once; }, aldis::once);
    signal.connect([&] { ++thrice; }, aldis::times(3));
    std::latch both(2);
    const auto send = [&] {
      both.arrive_and_wait();
      for (int i = 0; i < 4; ++i) signal.send();
    };
    std::thread other(send);
    send();
    other.join();
    CHECK(once == 1);
    CHECK(thrice == 3);
    CHECK(signal.size() == 0);
  }
}

TEST_CASE("a signal destroyed in its own send waits for the other thread inside it") {
  for (const int depth : {1, 3}) {
    CAPTURE(depth);
    auto signal = std::make_unique<aldis::signal<void(int)>>();
    std::latch inside(1), go(1);
    std::atomic<bool> left{false}, waited{false};
    int later = 0;
    aldis::signal<void(int)>& s = *signal;
    s.connect([&](int level) {
      if (level == 0) {
        inside.count_down();
        go.wait();
        left = true;
      }
    });
    s.connect([&](int level) {
      if (level == 0) return;
      if (level < depth) {
        s.send(level + 1);
        return;
      }
      std::thread([&] { go.count_down(); }).join();
      signal.reset();
      waited = left.load();
    });
    s.connect([&](int level) { later += level == 0 ? 0 : 1; });
    std::thread other([&] { s.send(0); });
    inside.wait();
    s.send(1);
    other.join();
    CHECK(waited);
    CHECK(later == 0);
  }
}

TEST_CASE("an exception at any depth leaves no receiver marked as running") {
  for (int depth = 1; depth <= 12; ++depth) {
    aldis::signal<void(int)> signal;
    auto held = std::make_shared<int>(1);
    std::weak_ptr<int> watch = held;
    auto connection = signal.connect([&, held = std::move(held)](int level) {
      if (level == depth) throw level;
      signal.send(level + 1);
    });
    CHECK_THROWS_AS(signal.send(1), int);
    CHECK(connection.disconnect() == disconnect_result::disconnected);
    CHECK(watch.expired());
  }
}

TEST_CASE("a receiver's destructor may disconnect another receiver") {
  struct disconnector {
    aldis::connection victim;
    explicit disconnector(aldis::connection c) : victim(std::move(c)) {}
    disconnector(disconnector&&) noexcept = default;
    ~disconnector() { victim.disconnect(); }
    void operator()() const {}
  };
  aldis::signal<void()> signal;
  const auto victim = signal.connect([] {});
  const auto killer = signal.connect(disconnector(victim));
  CHECK(signal.send() == 2);
  CHECK(killer.disconnect() == disconnect_result::disconnected);
  CHECK_FALSE(victim.connected());
  CHECK(signal.send() == 0);
}

TEST_CASE("a receiver's destructor may disconnect the receiver itself") {
  aldis::signal<void()> signal;
  struct self {
    aldis::connection* me;
    explicit self(aldis::connection* c) : me(c) {}
    self(self&& other) noexcept : me(std::exchange(other.me, nullptr)) {}
    ~self() {
      if (me) CHECK(me->disconnect() == disconnect_result::deferred);
    }
    void operator()() const {}
  };
  aldis::connection connection;
  connection = signal.connect(self(&connection));
  CHECK(connection.disconnect() == disconnect_result::disconnected);
}

namespace {

/// Waits until another thread seems to sleep in a disconnect of the connection.
void wait_until_dead(const aldis::connection& c) {
  while (c.connected()) std::this_thread::yield();
}

std::latch* plain_inside = nullptr;
std::latch* plain_go = nullptr;

void plain() {
  plain_inside->count_down();
  plain_go->wait();
}

}  // namespace

TEST_CASE("a second disconnect, in any form, returns the final result") {
  using aldis::signal;
  const auto second = {
      +[](signal<void()>& s) { return s.disconnect(&plain); },
      +[](signal<void()>& s) { return s.disconnect_all(); },
      +[](signal<void()>& s) {
        s = signal<void()>();
        return disconnect_result::not_connected;
      },
  };
  for (const auto disconnect : second) {
    std::latch inside(1), go(1);
    plain_inside = &inside;
    plain_go = &go;
    signal<void()> s;
    const auto connection = s.connect(&plain);
    std::atomic<bool> left{false};
    std::thread sender([&] {
      s.send();
      left = true;
    });
    inside.wait();
    CHECK(connection.request_disconnect() == disconnect_result::deferred);
    wait_until_dead(connection);
    std::thread opener([&] { go.count_down(); });

    CHECK(disconnect(s) == disconnect_result::not_connected);
    CHECK(connection.disconnect() == disconnect_result::not_connected);

    opener.join();
    sender.join();
    CHECK(left);
  }
}

TEST_CASE("disconnecting a receiver twice at the same time does not lose other deferred ones") {
  aldis::signal<void(int)> signal;
  std::latch inside(1), go(1);
  std::weak_ptr<int> watches[3];
  aldis::connection connections[3];
  for (int i = 0; i < 3; ++i) {
    auto held = std::make_shared<int>(i);
    watches[i] = held;
    connections[i] = signal.connect([&, i, held = std::move(held)](int which) {
      if (which != i || i != 1) return;
      inside.count_down();
      go.wait();
    });
  }
  std::thread sender([&] { signal.send(1); });
  inside.wait();
  std::thread all([&] { signal.disconnect_all(); });
  for (const auto& each : connections) wait_until_dead(each);
  CHECK(connections[1].request_disconnect() == disconnect_result::deferred);
  go.count_down();
  all.join();
  sender.join();
  for (const auto& watch : watches) CHECK(watch.expired());
}

TEST_CASE("a send from a tracked object's destructor does not count its receiver as called") {
  aldis::signal<int(int)> asked;
  aldis::signal<void(int)> told;
  told.connect([](int) {}, aldis::when([](int n) { return n > 0; }));
  struct sends_at_end {
    aldis::signal<void(int)>& told;
    ~sends_at_end() { told.send(0); }
  };
  std::shared_ptr<sends_at_end> object(new sends_at_end{told});
  asked.connect([](int n) { return n; }, aldis::tracking(object), aldis::when([&](int) {
                  object.reset();
                  return false;
                }));
  CHECK(asked.send(7).empty());
}

TEST_CASE("a receiver connected by another while its signal ends is destroyed too") {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  {
    auto signal = std::make_unique<aldis::signal<void()>>();
    struct connects_at_end {
      aldis::signal<void()>* to;
      std::shared_ptr<int> what;
      connects_at_end(aldis::signal<void()>* s, std::shared_ptr<int> w)
          : to(s), what(std::move(w)) {}
      connects_at_end(connects_at_end&& other) noexcept
          : to(std::exchange(other.to, nullptr)), what(std::move(other.what)) {}
      ~connects_at_end() {
        if (to) to->connect([kept = std::move(what)] {});
      }
      void operator()() const {}
    };
    signal->connect(connects_at_end(signal.get(), std::move(held)));
  }
  CHECK(watch.expired());
}
