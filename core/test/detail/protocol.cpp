// Stress tests of the hazard pointers: no call may run after its disconnect has returned.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <random>

TEST_CASE("no receiver runs after its disconnect has returned, while two threads send") {
  aldis::signal<void(int)> signal;
  const auto steady = signal.connect([](int) {});
  int wrong = 0;
  {
    stress::hammer senders(2, [&](int i) { signal.send(i); });
    wrong = stress::churn(signal, 20000);
  }
  CHECK(wrong == 0);
  CHECK(signal.size() == 1);
}

TEST_CASE(
    "no receiver runs after its disconnect while the signal leaves and re-enters the fast path") {
  aldis::signal<void(int)> signal;
  const auto steady = signal.connect([](int) {});
  int wrong = 0;
  {
    stress::hammer senders(2, [&](int i) { signal.send(i); });
    for (int burst = 0; burst < 50; ++burst) {
      // Long enough without a disconnect for sends to return to the fast path.
      senders.wait_for(2000);
      wrong += stress::churn(signal, 20);
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("no only receiver, and no second of two, runs after its disconnect has returned") {
  aldis::signal<void(int)> signal;
  int wrong = 0;
  {
    stress::hammer senders(2, [&](int i) { signal.send(i); });
    for (int burst = 0; burst < 50; ++burst) {
      senders.wait_for(2000);
      wrong += stress::churn(signal, 20);
      const aldis::scoped_connection first = signal.connect([](int) {});
      senders.wait_for(2000);
      wrong += stress::churn(signal, 20);
    }
  }
  CHECK(wrong == 0);
  CHECK(signal.size() == 0);
}

TEST_CASE("no receiver runs after its disconnect while receivers of a sender come and go") {
  aldis::signal<void(int)> signal;
  const auto steady = signal.connect([](int) {});
  int wrong = 0;
  {
    stress::hammer senders(2, [&](int i) { signal.send(i); });
    for (int burst = 0; burst < 200; ++burst) {
      const aldis::scoped_connection chosen = signal.connect([](int) {}, aldis::from(burst % 2));
      wrong += stress::churn(signal, 20);
    }
  }
  CHECK(wrong == 0);
  CHECK(signal.size() == 1);
}

TEST_CASE("a receiver's captures are destroyed when its disconnect has returned") {
  aldis::signal<void(int)> signal;
  bool destroyed = true;
  {
    stress::hammer senders(2, [&](int i) { signal.send(i); });
    for (int i = 0; i < 5000; ++i) {
      auto held = std::make_shared<int>(i);
      std::weak_ptr<int> watch = held;
      auto connection = signal.connect([held = std::move(held)](int) {});
      connection.disconnect();
      destroyed = destroyed && watch.expired();
    }
  }
  CHECK(destroyed);
}

TEST_CASE("a removed subscription selects no call that begins later") {
  struct target {
    std::atomic<bool> allowed{true};
    std::atomic<int> wrong{0};
    void hear(int sender) {
      if (sender == 1 && !allowed.load()) wrong.fetch_add(1);
    }
  } object;
  aldis::signal<void(int)> signal;
  {
    signal.connect<&target::hear>(object, aldis::from(2));
    stress::hammer senders(2, [&](int i) { signal.send(i + 1); });
    for (int i = 0; i < 5000; ++i) {
      object.allowed = true;
      signal.connect<&target::hear>(object, aldis::from(1));
      signal.disconnect<&target::hear>(object, aldis::from(1));
      object.allowed = false;
    }
  }
  CHECK(object.wrong.load() == 0);
  CHECK(signal.size() == 1);
}

namespace {

/// A clock that orders the actions of the threads, and what each receiver may have seen.
struct history {
  std::atomic<std::uint64_t> clock{1};

  struct life {
    std::uint64_t connect_began = 0, connected = 0;
    std::atomic<std::uint64_t> disconnect_began{UINT64_MAX}, disconnected{UINT64_MAX};
  };

  std::uint64_t tick() { return clock.fetch_add(1); }
};

thread_local std::vector<const history::life*>* heard = nullptr;

}  // namespace

TEST_CASE("random connects, disconnects and sends on several threads agree with a simple model") {
  constexpr int threads = 3;
  constexpr int rounds = 1500;
  history past;
  aldis::signal<void()> signal;
  std::mutex mutex;
  std::vector<std::shared_ptr<history::life>> lives;
  std::atomic<int> errors{0};

  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::pair<std::shared_ptr<history::life>, aldis::connection>> mine;
    for (int round = 0; round < rounds; ++round) {
      const unsigned what = random() % 4;
      if (what == 0 || mine.empty()) {
        auto life = std::make_shared<history::life>();
        life->connect_began = past.tick();
        auto connection = signal.connect(
            [seen = life.get()] {
              if (heard) heard->push_back(seen);
            },
            aldis::priority(static_cast<int>(random() % 3)));
        life->connected = past.tick();
        mine.emplace_back(life, connection);
        const std::lock_guard lock(mutex);
        lives.push_back(std::move(life));
      } else if (what == 1) {
        const std::size_t at = random() % mine.size();
        mine[at].first->disconnect_began = past.tick();
        mine[at].second.disconnect();
        mine[at].first->disconnected = past.tick();
        mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        std::vector<std::shared_ptr<history::life>> known;
        {
          const std::lock_guard lock(mutex);
          known = lives;
        }
        std::vector<const history::life*> calls;
        heard = &calls;
        const std::uint64_t began = past.tick();
        signal.send();
        const std::uint64_t ended = past.tick();
        heard = nullptr;
        for (const auto& life : known) {
          const auto times = std::count(calls.begin(), calls.end(), life.get());
          const bool must = life->connected < began && life->disconnect_began.load() > ended;
          const bool must_not = life->disconnected.load() < began || life->connect_began > ended;
          if (times > 1 || (must && times != 1) || (must_not && times != 0)) ++errors;
        }
      }
    }
  };
  std::vector<std::thread> team;
  for (unsigned i = 0; i < threads; ++i) team.emplace_back(work, i + 1);
  for (std::thread& each : team) each.join();

  CHECK(errors.load() == 0);
}

namespace {

struct glass_signal : aldis::signal<void(int)> {
  std::uint32_t entries() const { return state_.load()->unfiltered.load()->count.load(); }
};

}  // namespace

TEST_CASE("removed subscriptions do not accumulate") {
  glass_signal signal;
  struct target {
    void hear(int) {}
  };
  std::vector<target> targets(1000);
  for (target& each : targets) {
    signal.connect<&target::hear>(each, aldis::from(1));
    const auto everybody = signal.connected_to<&target::hear>(each);
  }
  CHECK(signal.size() == 1000);
  CHECK(signal.entries() < 40);
}
