#include "reclamation/domain_writer.hpp"

#include "shared_value.hpp"
#include <doctest/doctest.h>

#include <latch>
#include <thread>

using namespace aldis::reclamation;

namespace {

bool reads_it(const hazard_frame& frame) { return frame[hazard_value].load_relaxed() != nullptr; }

bool is_quiescent(shared_value& shared) {
  const std::lock_guard lock(shared.mutex);
  return shared.writer.is_quiescent(reads_it);
}

}  // namespace

TEST_CASE("what no hazard pointer refers to is freed when it is retired") {
  const int before = counted_value::living;
  shared_value shared(1);
  shared.set(2);
  CHECK(counted_value::living == before + 1);
  CHECK(reading(shared)->value == 2);
}

TEST_CASE("what a hazard pointer refers to is freed by the first reclaim after it was cleared") {
  const int before = counted_value::living;
  shared_value shared(1);
  {
    const reading first(shared);
    shared.set(2);
    CHECK(counted_value::living == before + 2);
    {
      const reading second(shared);
      CHECK(second->value == 2);
      shared.set(3);
      CHECK(counted_value::living == before + 3);
    }
    shared.set(4);
    CHECK(counted_value::living == before + 2);
    CHECK(first->value == 1);
  }
  CHECK_FALSE(shared.writer.retired().empty());
  shared.writer.reclaim();
  CHECK(shared.writer.retired().empty());
  CHECK(counted_value::living == before + 1);
}

TEST_CASE("any of a frame's hazard pointers protects") {
  shared_value shared(1);
  for (std::size_t i = 0; i < 8; ++i) {
    counted_value object(7);
    hazard_frame& frame = claim_frame(shared.reader());
    CHECK_FALSE(is_protected(common_registry(), &object));
    frame[i].store(&object);
    CHECK(is_protected(common_registry(), &object));
    release_frame(frame);
    CHECK_FALSE(is_protected(common_registry(), &object));
  }
}

TEST_CASE("a domain that only this thread reads is quiescent outside of its reads") {
  // Only of this registry a thread tells its own bit from those of others.
  common_registry();
  shared_value shared(1, *own_registry.load());
  CHECK(is_quiescent(shared));
  {
    const reading outer(shared);
    CHECK_FALSE(is_quiescent(shared));
    {
      const reading inner(shared);
      CHECK_FALSE(is_quiescent(shared));
    }
    CHECK_FALSE(is_quiescent(shared));
  }
  CHECK(is_quiescent(shared));
  CHECK_FALSE(shared.writer.others_read());
}

TEST_CASE("a domain is not quiescent after another thread has read it, until a change looks") {
  shared_value shared(1, make_registry());
  std::thread([&] { CHECK(reading(shared)->value == 1); }).join();
  CHECK_FALSE(is_quiescent(shared));
  CHECK(shared.writer.others_read());
}

TEST_CASE("a read that is not registered counts as another thread's") {
  shared_value shared(1);
  shared.writer.begin_unregistered_read();
  CHECK_FALSE(is_quiescent(shared));
  shared.writer.end_unregistered_read();
  CHECK(is_quiescent(shared));
}

TEST_CASE("readers that have ended are forgotten, and cost no barrier") {
  thread_registry& registry = make_registry();
  shared_value shared(1, registry);
  std::thread([&] { CHECK(reading(shared)->value == 1); }).join();
  // Where reads are always fenced, every 64th change looks for them.
  for (int i = 0; i < 64; ++i) shared.set(i);
  CHECK_FALSE(shared.writer.others_read());
  if (registry.fence.enabled.load()) CHECK(shared.fences_asked_for == 0);
}

TEST_CASE("the first change beside a reader asks for fences, which go when changes have ended") {
  thread_registry& registry = make_registry();
  shared_value shared(1, registry);
  std::latch has_read(1), may_end(1);
  std::thread other([&] {
    CHECK(reading(shared)->value == 1);
    has_read.count_down();
    may_end.wait();
  });
  has_read.wait();
  shared.set(2);
  CHECK(shared.fences_asked_for == 1);
  CHECK((shared.slow_path_reasons.load() & slow_path_fenced) != 0);

  CHECK_FALSE(shared.try_to_unfence());
  shared.set(3);
  CHECK_FALSE(shared.try_to_unfence());
  CHECK(shared.try_to_unfence() == registry.fence.enabled.load());
  CHECK(((shared.slow_path_reasons.load() & slow_path_fenced) == 0) ==
        registry.fence.enabled.load());
  may_end.count_down();
  other.join();
}

TEST_CASE("a domain whose registry has no asymmetric fence stays fenced") {
  thread_registry& registry = make_registry();
  registry.fence.enabled.store(false);
  shared_value shared(1, registry);
  CHECK_FALSE(shared.try_to_unfence());
  CHECK((shared.slow_path_reasons.load() & slow_path_fenced) != 0);
  CHECK(reading(shared)->value == 1);
}
