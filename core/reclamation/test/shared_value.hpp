#pragma once

// The smallest user of the library: one value that threads read while others replace it.

#include "reclamation/domain_writer.hpp"
#include "reclamation/protect.hpp"
#include "reclamation/thread_registry.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>

namespace aldis::reclamation {

inline void process_pending_work(thread_record& record) noexcept {
  auto& me = static_cast<thread_record_impl&>(record);
  const std::lock_guard lock(me.registry->mutex);
  me.has_pending_work.store(wake_waiters(me) ? 1 : 0);
}

/// Counts the objects that are not freed.
struct counted_value : reclaimable {
  explicit counted_value(int number) : value(number), negated(-number) { living.fetch_add(1); }
  counted_value(const counted_value&) = delete;
  counted_value& operator=(const counted_value&) = delete;
  ~counted_value() {
    value = negated = 1;
    living.fetch_sub(1);
  }

  int value;
  int negated;  ///< so that a torn or freed object is noticed
  static inline std::atomic<int> living{0};
};

inline void dispose(reclaimable& retired) noexcept { delete &static_cast<counted_value&>(retired); }

/// Never destroyed, because threads that end give their records back to it.
inline thread_registry& make_registry(void (*wait_for_writers)(thread_registry&) = nullptr) {
  static auto& all = *new std::list<thread_registry>;
  thread_registry& made =
      all.emplace_back(registry_callbacks{&process_pending_work, wait_for_writers, &dispose});
  const std::lock_guard lock(made.mutex);
  initialize(made);
  return made;
}

/// The registry of tests that need no other.
inline thread_registry& common_registry() {
  static thread_registry& registry = make_registry();
  return registry;
}

enum hazard : std::size_t { hazard_target, hazard_value, hazard_epoch };

class shared_value : public hazard_domain {
 public:
  explicit shared_value(int first, thread_registry& all = common_registry())
      : current(new counted_value(first)) {
    registry = &all;
    if (!all.fence.enabled.load()) slow_path_reasons.store(slow_path_fenced);
  }
  ~shared_value() {
    delete current.load();
    writer.free_all();
  }

  thread_record_impl& reader() {
    thread_record_impl& me = record_in(*registry);
    if (!is_reader(*this, me)) {
      const std::lock_guard lock(mutex);
      writer.add_reader(me);
    }
    return me;
  }

  void set(int value) {
    const std::lock_guard lock(mutex);
    counted_value* const old = current.exchange(new counted_value(value));
    writer.synchronize([this] { return add_fences(); });
    writer.retire(*old);
  }

  std::uint32_t add_fences() {
    fences_asked_for++;
    return slow_path_reasons.fetch_or(slow_path_fenced);
  }
  /// Returns to reads without fences if nothing has changed since the last call.
  bool try_to_unfence() {
    const std::lock_guard lock(mutex);
    if (!writer.may_unfence()) return false;
    slow_path_reasons.fetch_and(~slow_path_fenced);
    return true;
  }

  std::mutex mutex;
  domain_writer writer{*this};
  atomic<counted_value*> current;
  int fences_asked_for = 0;
};

/// What is current, for as long as it lives.
class reading {
 public:
  explicit reading(shared_value& from)
      : me_(from.reader()),
        frame_(claim_frame(me_)),
        value_(protect(from, from.current, frame_[hazard_value])) {}
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;
  ~reading() {
    release_frame(frame_);
    if (me_.has_pending_work.load() != 0) process_pending_work(me_);
  }

  const counted_value& operator*() const noexcept { return *value_; }
  const counted_value* operator->() const noexcept { return value_; }
  hazard_frame& frame() noexcept { return frame_; }

 private:
  thread_record_impl& me_;
  hazard_frame& frame_;
  counted_value* value_;
};

}  // namespace aldis::reclamation
