#include "waiting.hpp"

#include "exit.hpp"

#include <algorithm>
#include <iterator>

namespace aldis::reclamation {

namespace {

bool is_inside(const thread_record& thread, const read_query& query) noexcept {
  return any_frame(thread, [&](const hazard_frame& frame) {
    // First, only for the order: a thread that leaves clears the first hazard pointer, then the
    // second by an exchange, then reads has_pending_work. If it read that before the caller set it,
    // this load reads what the exchange wrote, or something later; so the next load sees what was
    // written before it.
    static_cast<void>(frame[1].load());
    if (frame[0].load() != query.target) return false;
    return !query.purpose ||
           std::any_of(std::begin(frame.hazards) + 1, std::end(frame.hazards),
                       [&](const atomic<void*>& hazard) { return hazard.load() == query.purpose; });
  });
}

/// Marks `first` and all threads inside. Those that are still inside afterwards will see the mark
/// when they leave. True if one of them had not been marked before. Under the registry's mutex.
bool mark_occupants(thread_registry& registry, const read_query& query,
                    thread_record_impl* first) noexcept {
  bool newly_marked = first && set_pending_work(*first);
  any_record(registry, [&](thread_record_impl& thread) {
    if (is_inside(thread, query) && set_pending_work(thread)) newly_marked = true;
    return false;
  });
  if (newly_marked && registry.fence.ever_enabled.load()) registry.fence.heavy();
  return newly_marked;
}

/// Whether a thread inside is this one, or waits for it, directly or not. Under the registry's
/// mutex, where all waits begin.
bool waits_for(thread_registry& registry, const read_query& query, const thread_record_impl* me,
               std::uint32_t depth) noexcept {
  if (depth > registry.record_count) return false;
  return any_record(registry, [&](thread_record_impl& thread) {
    if (!is_inside(thread, query)) return false;
    return &thread == me ||
           (thread.waiting_for.target && waits_for(registry, thread.waiting_for, me, depth + 1));
  });
}

}  // namespace

occupancy find_occupancy(const domain_writer& domain, const read_query& query) noexcept {
  occupancy found;
  const thread_record* const me = existing_record(domain.registry());
  if (me) found.this_thread = is_inside(*me, query);
  if (!domain.others_read()) return found;
  any_record(domain.registry(), [&](thread_record_impl& thread) {
    if (&thread != me && is_inside(thread, query)) found.other = &thread;
    return found.other != nullptr;
  });
  return found;
}

bool is_vacant(const domain_writer& domain, const read_query& query) noexcept {
  for (;;) {
    const occupancy found = find_occupancy(domain, query);
    if (found.empty()) return true;
    // A read that protected the target only to find it gone came after the others had been marked,
    // and may be the last to leave.
    if (!mark_occupants(domain.registry(), query, found.other)) return false;
  }
}

vacancy_wait::vacancy_wait(const domain_writer& domain, read_query query,
                           wait_policy policy) noexcept
    : domain_(domain),
      registry_(domain.registry()),
      me_(try_record_in(registry_)),
      query_(query),
      policy_(policy) {
  // Longer than a program runs is without limit, or the sum below would overflow.
  if (policy.nanoseconds > std::chrono::nanoseconds(std::chrono::years(10)).count())
    policy_.nanoseconds = -1;
  // Only then, as reading the clock takes as long as several locks.
  if (policy_.nanoseconds > 0)
    deadline_ = clock::now() + std::chrono::nanoseconds(policy_.nanoseconds);
}

vacancy_wait::progress vacancy_wait::step(std::unique_lock<std::mutex>& lock) {
  const occupancy found = find_occupancy(domain_, query_);
  if (found.empty()) return progress::vacant;
  // Marked first, then checked again: a thread that is still inside will see the mark when it
  // leaves.
  mark_occupants(registry_, query_, found.other);
  if (!found.this_thread && !is_inside(*found.other, query_)) return progress::check_again;
  if (found.this_thread || !policy_.wait) return progress::refused;
  if (waits_for(registry_, query_, me_, 0)) return progress::would_deadlock;
  if (policy_.nanoseconds >= 0 && clock::now() >= deadline_) return progress::timed_out;
  if (!exiting_) {
    // Slow, so only before the thread would block; and without the mutex, because the dynamic
    // loader has a lock of its own.
    lock.unlock();
    exiting_ = exiting();
    lock.lock();
    return progress::check_again;
  }
  if (*exiting_) return progress::refused;
  ++found.other->waiters;
  if (me_) me_->waiting_for = query_;
  if (policy_.nanoseconds < 0) {
    found.other->on_leave.wait(lock);
  } else {
    found.other->on_leave.wait_until(lock, deadline_);
  }
  if (me_) me_->waiting_for = {};
  --found.other->waiters;
  return progress::check_again;
}

}  // namespace aldis::reclamation
