#include "reclamation/thread_registry.hpp"

#include "shared_value.hpp"
#include <doctest/doctest.h>

#include <latch>
#include <mutex>
#include <thread>
#include <vector>

using namespace aldis::reclamation;

TEST_CASE("a thread's record is found again, and given back when the thread ends") {
  thread_registry& registry = make_registry();
  thread_record_impl* first = nullptr;
  std::thread([&] {
    first = &record_in(registry);
    CHECK(&record_in(registry) == first);
    CHECK(existing_record(registry) == first);
    CHECK(first->owned);
  }).join();
  CHECK_FALSE(first->owned);

  thread_record_impl* second = nullptr;
  std::thread([&] { second = &record_in(registry); }).join();
  CHECK(second == first);
  CHECK(registry.record_count == 1);
}

TEST_CASE("a thread has a record in each registry, and none before it asks") {
  thread_registry& registry = make_registry();
  thread_registry& other = make_registry();
  std::thread([&] {
    CHECK(existing_record(registry) == nullptr);
    thread_record_impl& here = record_in(registry);
    CHECK(existing_record(other) == nullptr);
    thread_record_impl& there = record_in(other);
    CHECK(&here != &there);
    CHECK(here.registry == &registry);
    CHECK(there.registry == &other);
    CHECK(&record_in(registry) == &here);
  }).join();
}

TEST_CASE("own_record is this thread's record in the registry that was initialized first") {
  common_registry();
  thread_registry& registry = *own_registry.load();
  std::thread([&] {
    CHECK(own_record->registry == nullptr);
    thread_record_impl& me = record_in(registry);
    CHECK(own_record == &me);
  }).join();
}

TEST_CASE("a read inside another has the next frame, which is used again") {
  thread_record_impl& me = record_in(common_registry());
  hazard_frame& outer = claim_frame(me);
  outer[0].store(&me);
  hazard_frame& inner = claim_frame(me);
  CHECK(&inner != &outer);
  CHECK(outer.next.load() == &inner);
  CHECK(inner.previous == &outer);
  // The first two need no memory.
  CHECK(&outer == &me.first);
  CHECK(&inner == &me.second);
  inner[1].store(&me);
  CHECK(is_protected(common_registry(), &me));
  release_frame(inner);
  CHECK(&claim_frame(me) == &inner);
  release_frame(outer);
  CHECK(&claim_frame(me) == &outer);
  CHECK_FALSE(is_protected(common_registry(), &me));
}

TEST_CASE(
    "the 65th thread shares a bit, after the writers that rely on their own were waited for") {
  static int waits = 0;
  waits = 0;
  thread_registry& registry = make_registry([](thread_registry& all) {
    CHECK(all.many_records.load());
    ++waits;
  });
  std::vector<std::thread> threads;
  std::latch have_records(65), may_end(1);
  for (int i = 0; i < 65; ++i) {
    threads.emplace_back([&] {
      record_in(registry);
      have_records.count_down();
      may_end.wait();
    });
  }
  have_records.wait();
  CHECK(registry.record_count == 65);
  CHECK(waits == 1);
  std::uint64_t bits = 0;
  int shared = 0;
  any_record(registry, [&](const thread_record_impl& thread) {
    shared += (bits & thread.bit) != 0;
    bits |= thread.bit;
    return false;
  });
  CHECK(bits == ~std::uint64_t{0});
  CHECK(shared == 1);
  may_end.count_down();
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("forgotten threads protect nothing, wait for nothing and own no record") {
  thread_registry& registry = make_registry();
  thread_record_impl& me = record_in(registry);
  int object = 0;
  int own = 0;
  claim_frame(me)[0].store(&own);
  std::latch protects(1), forgotten(1);
  thread_record_impl* other = nullptr;
  std::thread thread([&] {
    other = &record_in(registry);
    hazard_frame& frame = claim_frame(*other);
    frame[1].store(&object);
    frame.kept = &object;
    frame.operation = &object;
    protects.count_down();
    forgotten.wait();
  });
  protects.wait();
  CHECK(is_protected(registry, &object));
  {
    const std::lock_guard lock(registry.mutex);
    other->waiting_for = {&own};
    other->has_pending_work.store(1);
    forget_other_threads(registry, &me);
  }
  CHECK_FALSE(is_protected(registry, &object));
  CHECK(is_protected(registry, &own));
  CHECK(other->first.kept == nullptr);
  CHECK(other->first.operation == nullptr);
  CHECK(other->waiting_for.target == nullptr);
  CHECK(other->has_pending_work.load() == 0);
  CHECK_FALSE(other->owned);
  CHECK(me.owned);
  CHECK(me.has_pending_work.load() == 1);
  forgotten.count_down();
  thread.join();
  release_frame(me.first);
}

TEST_CASE("pending work that a thread without a record left is done by those that have one") {
  thread_registry& registry = make_registry();
  std::latch left(1), end(1);
  thread_record_impl* other = nullptr;
  std::thread waiting([&] {
    other = &record_in(registry);
    left.count_down();
    end.wait();
  });
  left.wait();

  {
    const std::lock_guard lock(registry.mutex);
    leave_pending_work(registry, nullptr);
  }

  CHECK(other->has_pending_work.load() == 1);
  CHECK(registry.unassigned_work);
  std::thread([&] {
    CHECK(record_in(registry).has_pending_work.load() == 1);
    CHECK_FALSE(registry.unassigned_work);
  }).join();
  end.count_down();
  waiting.join();
}
