// Readers and writers as fast as they can: no reader may see freed memory (the sanitizers look),
// and all is freed in the end.

#include "reclamation/epochs.hpp"
#include "reclamation/waiting.hpp"
#include "shared_value.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

using namespace aldis::reclamation;

namespace {

constexpr int writes = 4000;

/// Runs `read` on some threads until `write` has been called by each of two others often enough.
template <class Read, class Write>
void run(const Read& read, const Write& write) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> readers, writers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!stop) read();
    });
  }
  for (int i = 0; i < 2; ++i) {
    writers.emplace_back([&] {
      for (int value = 1; value <= writes; ++value) write(value);
    });
  }
  for (std::thread& each : writers) each.join();
  stop = true;
  for (std::thread& each : readers) each.join();
}

}  // namespace

TEST_CASE("a value is replaced while threads read it, with and without fences") {
  const int before = counted_value::living;
  {
    shared_value shared(1);
    std::atomic<int> torn{0};
    run(
        [&] {
          const reading outer(shared);
          const reading inner(shared);
          torn += outer->value != -outer->negated || inner->value != -inner->negated;
        },
        [&](int value) {
          shared.set(value);
          if (value % 8 == 0) shared.try_to_unfence();
        });
    CHECK(torn == 0);
  }
  CHECK(counted_value::living == before);
}

TEST_CASE("short-lived threads read, so that records change hands") {
  const int before = counted_value::living;
  {
    shared_value shared(1);
    std::atomic<int> torn{0};
    std::thread writer([&] {
      for (int value = 1; value <= writes; ++value) {
        shared.set(value);
        if (value % 8 == 0) shared.try_to_unfence();
      }
    });
    for (int i = 0; i < 200; ++i) {
      std::thread([&] {
        const reading it(shared);
        torn += it->value != -it->negated;
      }).join();
    }
    writer.join();
    CHECK(torn == 0);
  }
  CHECK(counted_value::living == before);
}

TEST_CASE("a chain is read under an epoch while its links are replaced") {
  const int before = counted_value::living;
  {
    shared_value domain(0);
    epochs all;
    atomic<counted_value*> links[8];
    for (auto& link : links) link.store(new counted_value(1));
    std::atomic<int> torn{0};
    run(
        [&] {
          hazard_frame& frame = claim_frame(domain.reader());
          frame[0].store(&domain);
          protect(domain, all.current(), frame[hazard_epoch]);
          for (const auto& link : links) {
            const counted_value* const seen = link.load_acquire();
            torn += seen->value != -seen->negated;
          }
          release_frame(frame);
        },
        [&](int value) {
          const std::lock_guard lock(domain.mutex);
          all.retire(*links[value % 8].exchange(new counted_value(value)));
          if (value % 16 != 0) return;
          all.reclaim(common_registry(),
                      [&] { domain.writer.synchronize([&] { return domain.add_fences(); }); });
          if (domain.writer.may_unfence()) domain.slow_path_reasons.fetch_and(~slow_path_fenced);
        });
    CHECK(torn == 0);
    all.free_all(common_registry());
    for (auto& link : links) delete link.load();
  }
  CHECK(counted_value::living == before);
}

TEST_CASE("a thread that closes a door waits for all that came in before") {
  shared_value domain(0);
  std::atomic<int> late{0};
  for (int round = 0; round < 300; ++round) {
    int target = 0;
    atomic<int*> door{&target};
    std::atomic<int> inside{0};
    std::latch running(2);
    const auto enter = [&] {
      thread_record_impl& me = domain.reader();
      running.count_down();
      for (;;) {
        hazard_frame& frame = claim_frame(me);
        const int* const open = protect(domain, door, frame[hazard_target]);
        if (open) {
          ++inside;
          --inside;
        }
        release_frame(frame);
        if (me.has_pending_work.load() != 0) process_pending_work(me);
        if (!open) return;
      }
    };
    std::thread first(enter), second(enter);
    running.wait();
    {
      const std::lock_guard lock(domain.mutex);
      door.exchange(nullptr);
      domain.writer.synchronize([&] { return domain.add_fences(); });
    }
    vacancy_wait wait(domain.writer, {&target}, {});
    {
      std::unique_lock lock(domain.registry->mutex);
      while (wait.step(lock) != vacancy_wait::progress::vacant) continue;
    }
    late += inside;
    first.join();
    second.join();
    domain.try_to_unfence();
  }
  CHECK(late == 0);
}
