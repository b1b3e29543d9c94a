// Sends, connects and disconnects from destructors of thread_locals, and of pthread keys, which run
// after them, on many threads, so that thread records are reused.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include <pthread.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

aldis::signal<void(int)> leaving;
std::atomic<int> heard{0};

struct sends_late {
  ~sends_late() {
    leaving.send(1);
    const auto mine = leaving.connect([](int) { heard += 10; });
    leaving.send(1);
    CHECK(mine.disconnect() == aldis::disconnect_result::disconnected);
  }
};

thread_local sends_late late;

void from_key(void*) { leaving.send(1); }

}  // namespace

int main() {
  pthread_key_t key;
  CHECK(pthread_key_create(&key, &from_key) == 0);
  leaving.connect([](int by) { heard += by; });

  constexpr int rounds = 10;
  constexpr int threads = 20;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::thread> team;
    for (int i = 0; i < threads; ++i) {
      team.emplace_back([&] {
        static_cast<void>(&late);
        // One thread sends at a time, so that no send calls another thread's receiver.
        static std::mutex turn;
        const std::lock_guard lock(turn);
        pthread_setspecific(key, &leaving);
      });
    }
    for (std::thread& each : team) each.join();
  }
  // For each thread: two sends of its thread_local, one of its key, and at least one call of its
  // receiver.
  CHECK(heard >= rounds * threads * 3);
  CHECK(leaving.size() == 1);
}
