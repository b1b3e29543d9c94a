#include "reclamation/waiting.hpp"

#include "shared_value.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>

using namespace aldis::reclamation;
using progress = vacancy_wait::progress;

namespace {

/// This thread is inside something.
class inside {
 public:
  inside(shared_value& domain, int& target, void* purpose = nullptr)
      : me_(domain.reader()), frame_(claim_frame(me_)) {
    frame_[hazard_value].store(&domain);
    frame_[hazard_epoch].store(purpose);
    frame_[hazard_target].exchange(&target);
  }
  inside(const inside&) = delete;
  inside& operator=(const inside&) = delete;
  ~inside() {
    release_frame(frame_);
    if (me_.has_pending_work.load() != 0) process_pending_work(me_);
  }

 private:
  thread_record_impl& me_;
  hazard_frame& frame_;
};

/// Another thread that is inside something until it is told to leave.
class other_inside {
 public:
  other_inside(shared_value& domain, int& target, void* purpose = nullptr)
      : thread_([this, &domain, &target, purpose] {
          const inside it(domain, target, purpose);
          entered_.count_down();
          may_leave_.wait();
          left_ = true;
        }) {
    entered_.wait();
  }
  other_inside(const other_inside&) = delete;
  other_inside& operator=(const other_inside&) = delete;
  ~other_inside() {
    if (thread_.joinable()) leave();
  }

  void tell_to_leave() { may_leave_.count_down(); }
  void leave() {
    if (!may_leave_.try_wait()) tell_to_leave();
    thread_.join();
  }
  /// About to leave, or has left.
  bool left() const { return left_; }

 private:
  std::latch entered_{1}, may_leave_{1};
  std::atomic<bool> left_{false};
  std::thread thread_;
};

progress wait_for(shared_value& domain, const read_query& query, wait_policy policy = {}) {
  vacancy_wait wait(domain.writer, query, policy);
  std::unique_lock lock(domain.registry->mutex);
  for (;;) {
    const progress reached = wait.step(lock);
    if (reached != progress::check_again) return reached;
  }
}

}  // namespace

TEST_CASE("there is nothing to wait for if no thread is inside") {
  shared_value domain(0);
  int target = 0;
  CHECK(find_occupancy(domain.writer, {&target}).empty());
  CHECK(wait_for(domain, {&target}) == progress::vacant);
  int other = 0;
  const inside elsewhere(domain, other);
  CHECK(wait_for(domain, {&target}) == progress::vacant);
}

TEST_CASE("a thread does not wait for itself") {
  shared_value domain(0);
  int target = 0;
  const inside it(domain, target);
  CHECK(find_occupancy(domain.writer, {&target}).this_thread);
  CHECK(wait_for(domain, {&target}) == progress::refused);
}

TEST_CASE("a wait ends when the last thread inside has left") {
  shared_value domain(0);
  int target = 0;
  other_inside other(domain, target);
  {
    const std::lock_guard lock(domain.registry->mutex);
    CHECK_FALSE(is_vacant(domain.writer, {&target}));
  }
  std::thread opener([&] {
    // Once the waiting thread is counted it has the mutex no more, and sleeps.
    for (bool waits = false; !waits; std::this_thread::yield()) {
      const std::lock_guard lock(domain.registry->mutex);
      any_record(*domain.registry, [&](const thread_record_impl& thread) {
        waits = waits || thread.waiters != 0;
        return waits;
      });
    }
    other.tell_to_leave();
  });
  CHECK(wait_for(domain, {&target}) == progress::vacant);
  CHECK(other.left());
  opener.join();
}

TEST_CASE("one can wait for the calls of one purpose only") {
  shared_value domain(0);
  int target = 0, purpose = 0, other_purpose = 0;
  other_inside other(domain, target, &purpose);
  CHECK(wait_for(domain, {&target, &other_purpose}) == progress::vacant);
  CHECK(wait_for(domain, {&target, &purpose}, {.wait = false}) == progress::refused);
  other.leave();
  CHECK(wait_for(domain, {&target, &purpose}) == progress::vacant);
}

TEST_CASE("a wait gives up at its time limit") {
  shared_value domain(0);
  int target = 0;
  const other_inside other(domain, target);
  CHECK(wait_for(domain, {&target}, {.nanoseconds = 0}) == progress::timed_out);
  CHECK(wait_for(domain, {&target}, {.nanoseconds = 1000}) == progress::timed_out);
  CHECK(wait_for(domain, {&target}, {.wait = false}) == progress::refused);
}

TEST_CASE("of two threads that are inside what the other one waits for, the second does not wait") {
  shared_value domain(0);
  int first = 0, second = 0;
  std::latch both(2);
  std::atomic<int> vacant{0}, refused{0};
  const auto run = [&](int& own, int& other) {
    {
      const inside it(domain, own);
      both.arrive_and_wait();
      const progress reached = wait_for(domain, {&other});
      vacant += reached == progress::vacant;
      refused += reached == progress::would_deadlock;
    }
  };
  std::thread left([&] { run(first, second); });
  std::thread right([&] { run(second, first); });
  left.join();
  right.join();
  CHECK(vacant == 1);
  CHECK(refused == 1);
}
