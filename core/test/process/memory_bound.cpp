// 10^6 connects and disconnects without a send: memory stays within a constant times that of the
// connected receivers, also while a thread is inside the signal, and when many receivers end at
// once.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "held_memory.hpp"

#include <atomic>
#include <deque>
#include <latch>
#include <new>
#include <thread>

namespace {

void churn(aldis::signal<void(int)>& signal, std::size_t limit) {
  const std::size_t before = held;
  std::size_t most = 0;
  std::deque<aldis::connection> living;
  for (int i = 0; i < 1'000'000; ++i) {
    living.push_back(signal.connect([](int) {}));
    if (living.size() > 10) {
      living.front().disconnect();
      living.pop_front();
    }
    if (i % 1024 == 0 && held > before + most) most = held - before;
  }
  CHECK(most < limit);
  for (const auto& each : living) each.disconnect();
}

/// A receiver loses its subscription to every sender, gets it back, and another one is put before
/// it.
void relink(std::size_t limit) {
  aldis::signal<void(int)> signal;
  void (*const f)(int) = [](int) {};
  const auto chosen = signal.connect([](int) {}, aldis::from(99), aldis::priority(-5));
  for (int i = 0; i < 40; ++i) signal.connect([](int) {}, aldis::priority(-1));
  const std::size_t before = held;
  for (int i = 0; i < 20'000; ++i) {
    {
      const auto everybody = signal.connected_to(f);
      signal.connect(f, aldis::from(1));
    }
    signal.connect(f);
    const auto top = signal.connect([](int) {}, aldis::priority(5));
    signal.disconnect(f);
    top.disconnect();
    aldis::connections others;
    for (int n = 0; n < 20; ++n) others += signal.connect([](int) {}, aldis::priority(-9));
  }
  CHECK(held - before < limit);
}

}  // namespace

int main() {
  constexpr std::size_t small = 128 * 1024;
  {
    aldis::signal<void(int)> quiet;
    churn(quiet, small);
  }
  {
    aldis::signal<void(int)> busy;
    std::latch inside(1), go(1);
    const auto parked = busy.connect([&](int) {
      inside.count_down();
      go.wait();
    });
    std::thread sleeper([&] { busy.send(1); });
    inside.wait();
    churn(busy, small);
    go.count_down();
    sleeper.join();
  }
  relink(small);
  {
    aldis::signal<void(int)> wave;
    std::deque<aldis::connection> all;
    const std::size_t before = held;
    for (int i = 0; i < 100'000; ++i) all.push_back(wave.connect([](int) {}));
    const std::size_t full = held - before;
    for (const auto& each : all) each.disconnect();
    all.clear();
    all.shrink_to_fit();
    CHECK(held - before < full / 20);
  }
}
