#pragma once

#include <aldis/signal.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace stress {

/// Threads that repeat an action during the lifetime of the object.
class hammer {
 public:
  template <class Work>
  hammer(int threads, Work work) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, work, i] {
        while (!stop_.load(std::memory_order_relaxed)) {
          work(i);
          rounds_.fetch_add(1, std::memory_order_relaxed);
        }
      });
    }
    // All threads have started, so the test races with them.
    wait_for(static_cast<std::uint64_t>(threads));
  }
  ~hammer() {
    stop_ = true;
    for (std::thread& each : threads_) each.join();
  }

  /// Returns after this many more rounds.
  void wait_for(std::uint64_t rounds) const {
    const std::uint64_t goal = rounds_.load() + rounds;
    while (rounds_.load() < goal) std::this_thread::yield();
  }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> rounds_{0};
  std::vector<std::thread> threads_;
};

/// The state of a receiver, which must not be used after its disconnect has returned.
struct canary {
  std::atomic<bool> alive{true};
  std::atomic<int> users{0};
};

/// Connects and disconnects while others send. Returns how often a receiver ran after its
/// disconnect.
inline int churn(aldis::signal<void(int)>& signal, int rounds) {
  std::atomic<int> wrong{0};
  for (int i = 0; i < rounds; ++i) {
    auto bird = std::make_shared<canary>();
    auto connection = signal.connect([bird = bird.get(), &wrong](int) {
      bird->users.fetch_add(1);
      if (!bird->alive.load()) wrong.fetch_add(1);
      bird->users.fetch_sub(1);
    });
    connection.disconnect();
    bird->alive = false;
    if (bird->users.load() != 0) wrong.fetch_add(1);
  }
  return wrong.load();
}

}  // namespace stress
