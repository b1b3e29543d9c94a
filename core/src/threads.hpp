#pragma once

// Threads: their records, and the domain that they share.

#include <aldis/detail/engine.hpp>

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace aldis::detail {

struct signal_impl;
struct subscriber_group;

/// What a fast-path send does not read.
struct thread_record_impl : thread_record {
  thread_record_impl* next_record = nullptr;  ///< in hazard_domain::records; set once

  // Accessed by the thread itself only.
  send_frame* top = &first;  ///< every frame after it is free
  std::uint32_t fenced_sends = 0;

  // Guarded by hazard_domain::mutex.
  bool owned = false;                                   ///< by a living thread
  std::uint32_t waiters = 0;                            ///< threads that wait on `on_leave`
  const receiver_slot* waiting_for = nullptr;           ///< the receiver that this thread waits for
  const subscriber_group* waiting_for_group = nullptr;  ///< only calls for it; null: all
  std::condition_variable on_leave;                     ///< this thread has left a receiver
};

/// Shared by all signals that one copy of the library made: the records of threads, and what is
/// deferred until threads leave. Never destroyed. `mutex` guards all that is not atomic.
struct hazard_domain {
  std::mutex mutex;                     ///< all waits begin under it
  atomic<thread_record_impl*> records;  ///< a list that only grows, at its front
  std::uint32_t record_count = 0;
  atomic<bool> many_records;          ///< more than 64, which share bits in `sending_threads`
  atomic<bool> asymmetric_fence;      ///< unfenced sends are possible and wanted
  atomic<bool> ever_asymmetric;       ///< there may still be unfenced sends
  signal_impl* signals = nullptr;     ///< all, for fork
  receiver_slot* deferred = nullptr;  ///< to be destroyed by the last thread to leave
  signal_impl* abandoned_signals = nullptr;  ///< destroyed, to be freed when no send is in them
  bool initialized = false;
  pthread_key_t thread_end = 0;  ///< its destructor gives the thread's record back
};

/// The domain of this copy of the library. A program and a plugin that each contain a static copy
/// have one each.
extern hazard_domain the_domain;

/// Guards registries, sender scopes and bags of connections. Taken before every other mutex. One
/// for all of them, so that fork() can take it.
extern std::mutex tables_mutex;

thread_record_impl* record_by_key(hazard_domain& domain) noexcept;
thread_record_impl& acquire_record(hazard_domain& domain);
send_frame& push_frame(thread_record_impl& me);

/// Only for the frame's own thread.
inline bool in_use(const send_frame& frame) noexcept {
  return frame.inside.load_relaxed() != nullptr || frame.held.load_relaxed() != nullptr;
}

/// This thread's record in the domain, or null if it has none yet.
inline thread_record_impl* existing_record(hazard_domain& domain) noexcept {
  if (own_record->domain == &domain) return static_cast<thread_record_impl*>(own_record);
  // The signal was made by another copy of the library, linked statically into a plugin or program.
  return &domain == &the_domain ? nullptr : record_by_key(domain);
}

/// This thread's record in the domain.
inline thread_record_impl& record_in(hazard_domain& domain) {
  thread_record_impl* const known = existing_record(domain);
  return known ? *known : acquire_record(domain);
}

/// A frame of this thread that is not in use; in use once `inside` or `held` is set.
inline send_frame& claim_frame(thread_record_impl& me) {
  send_frame& top = *me.top;
  return !top.previous && !in_use(top) ? top : push_frame(me);
}
void release_frame(send_frame& frame) noexcept;
/// Once per domain; further calls do nothing. Under the domain's mutex.
void initialize(hazard_domain& domain);

/// Whether `visit` returns true for any record; stops there.
template <class Visit>
bool any_record(const hazard_domain& domain, const Visit& visit) {
  // Acquire: records are filled before they are put into the list.
  for (thread_record_impl* thread = domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (visit(*thread)) return true;
  }
  return false;
}

/// Whether `visit` returns true for any frame; stops there.
template <class Visit>
bool any_frame(const thread_record& thread, const Visit& visit) {
  // Sequentially consistent, as the store in push_frame: if a frame is missed here, it was added
  // after what the caller wrote before, and its send sees that.
  for (const send_frame* frame = &thread.first; frame; frame = frame->next.load()) {
    if (visit(*frame)) return true;
  }
  return false;
}

/// Makes the thread process pending work after it has left something. Under the domain's mutex.
/// True if the caller must run a barrier before it relies on that: not if the mark was set already,
/// because it is cleared under this mutex only, and whoever set it ran the barrier.
inline bool set_pending_work(thread_record_impl& thread) noexcept {
  return thread.has_pending_work.exchange(1) == 0 && &thread != own_record;
}

}  // namespace aldis::detail
