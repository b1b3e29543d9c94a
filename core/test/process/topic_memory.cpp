// Added and removed patterns do not leak: without sends, while a thread is inside a send that
// remembers receivers, while other threads send, and when memory runs out.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "held_memory.hpp"

#include <atomic>
#include <deque>
#include <latch>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using topical = aldis::signal<void(std::string_view)>;

/// A new pattern each time, with ten of them alive.
std::size_t most_held_in_churn(topical& signal, int rounds) {
  const std::size_t before = held;
  std::size_t most = 0;
  std::deque<aldis::connection> living;
  for (int i = 0; i < rounds; ++i) {
    living.push_back(signal.connect(
        [] {}, aldis::matching("a." + std::to_string(i) + (i % 2 == 0 ? ".*" : ".b.>"))));
    if (living.size() > 10) {
      living.front().disconnect();
      living.pop_front();
    }
    if (i % 64 == 0 && held > before + most) most = held - before;
  }
  for (const auto& each : living) each.disconnect();
  return most;
}

void when_memory_runs_out() {
  for (long allocation = 0; allocation < 40; ++allocation) {
    topical signal;
    signal.connect([] {}, aldis::matching("a.*"));
    std::string captured(100, 'x');
    bool failed = false;
    until_failure = allocation;
    try {
      signal.connect([captured] {}, aldis::matching("a.b.c.d"), aldis::matching("a.b.*.>"),
                     aldis::from("x"));
    } catch (const std::bad_alloc&) {
      failed = true;
    }
    until_failure = -1;
    CHECK(signal.size() == (failed ? 1U : 2U));
    CHECK(signal.send("a.b.c.d") == (failed ? 0U : 1U));
    CHECK(signal.send("a.b") == 1);
    // The first allocation count that suffices ends the loop.
    CHECK(allocation > 0 || failed);
    CHECK(allocation < 39 || !failed);
  }
  // A send that finds more receivers than its buffer holds.
  for (long allocation = 0; allocation < 12; ++allocation) {
    std::thread fresh([allocation] {
      topical signal;
      for (int i = 0; i < 100; ++i) signal.connect([] {}, aldis::matching("a.>"));
      signal.send("x");
      until_failure = allocation;
      std::size_t called = 0;
      try {
        called = signal.send("a.b");
      } catch (const std::bad_alloc&) {
      }
      until_failure = -1;
      CHECK(called == 0 || called == 100);
      CHECK(signal.send("a.b") == 100);
    });
    fresh.join();
  }
}

}  // namespace

int main() {
  constexpr std::size_t small = 128 * 1024;
  {
    topical quiet;
    CHECK(most_held_in_churn(quiet, 100'000) < small);
  }
  {
    topical busy;
    std::latch inside(1), go(1);
    const auto parked = busy.connect(
        [&] {
          inside.count_down();
          go.wait();
        },
        aldis::matching("a.>"));
    std::thread sleeper([&] { busy.send("a.1"); });
    inside.wait();
    CHECK(most_held_in_churn(busy, 100'000) < small);
    go.count_down();
    sleeper.join();
  }
  {
    topical loud;
    std::atomic<bool> stop{false};
    loud.connect([] {}, aldis::matching("a.*.>"));
    std::thread sender([&] {
      while (!stop) loud.send("a.7.b.c");
    });
    // The system may preempt a thread while it reads; then more memory is kept.
    CHECK(most_held_in_churn(loud, 30'000) < 64 * small);
    stop = true;
    sender.join();
  }
  {
    topical wave;
    wave.send("a");
    std::size_t before = 0;
    for (int round = 0; round < 3; ++round) {
      std::vector<aldis::connection> all;
      for (int i = 0; i < 20'000; ++i) {
        all.push_back(wave.connect([] {}, aldis::matching("w." + std::to_string(i) + ".*")));
      }
      CHECK(wave.send("w.7.x") == 1);
      for (auto& each : all) std::exchange(each, {}).disconnect();
      CHECK(wave.send("w.7.x") == 0);
      all = {};
      if (round == 0) before = held;
    }
    CHECK(held <= before + small);
    CHECK(before < 4 * small);
  }
  when_memory_runs_out();
}
