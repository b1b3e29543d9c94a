#include "reclamation/asymmetric_fence.hpp"

#include "shared_value.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

using namespace aldis::reclamation;

namespace {

/// Two threads meet, and leave within a few instructions of each other.
class meeting {
 public:
  void arrive(int round) {
    arrived_.fetch_add(1);
    for (int spins = 0; arrived_.load() < 2 * round; ++spins) {
      if (spins % 1000 == 999) std::this_thread::yield();
    }
  }

 private:
  std::atomic<int> arrived_{0};
};

}  // namespace

// The shape that the fence is for (store buffering): each of two threads stores to one word and
// loads the other's. Without a fence both may load the old value.
TEST_CASE("of two threads that store and load crosswise, one sees the other's store") {
  asymmetric_fence& fence = common_registry().fence;
  const bool light = fence.enabled.load();
  constexpr int rounds = 20000;
  struct alignas(64) word {
    atomic<int> value;
  };
  word x, y;
  std::vector<int> seen_by_reader(rounds + 1), seen_by_writer(rounds + 1);
  meeting begin;
  std::thread reader([&] {
    for (int round = 1; round <= rounds; ++round) {
      begin.arrive(round);
      if (light) {
        x.value.store_release(round);
        compiler_barrier();
      } else {
        x.value.exchange(round);
      }
      seen_by_reader[static_cast<std::size_t>(round)] = y.value.load();
    }
  });
  for (int round = 1; round <= rounds; ++round) {
    begin.arrive(round);
    y.value.exchange(round);
    if (light) fence.heavy();
    seen_by_writer[static_cast<std::size_t>(round)] = x.value.load();
  }
  reader.join();
  int missed = 0;
  for (int round = 1; round <= rounds; ++round) {
    const auto i = static_cast<std::size_t>(round);
    missed += seen_by_reader[i] < round && seen_by_writer[i] < round;
  }
  CHECK(missed == 0);
}

TEST_CASE("the fence is enabled on its first preparation, or never was") {
  asymmetric_fence fence;
  CHECK_FALSE(fence.enabled.load());
  fence.prepare();
  CHECK(fence.enabled.load() == fence.ever_enabled.load());
}
