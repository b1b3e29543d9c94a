#pragma once

// Threads: their records with the frames of their sends, and the domain they share.

#include <aldis/detail/engine.hpp>

#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace aldis::detail {

struct signal_impl;
struct subscriber_group;

struct thread_record_impl : thread_record {
  thread_record_impl* next_record = nullptr;
  send_frame* top = &first;  ///< every frame after it is free
  std::uint32_t fenced_sends = 0;
  bool owned = false;  ///< guarded by hazard_domain::mutex, as all below
  std::uint32_t waiters = 0;
  const receiver_slot* waiting_for = nullptr;
  const subscriber_group* waiting_via = nullptr;
  std::condition_variable on_leave;
};

/// What one copy of the library shares: the records of its threads, and what waits for them.
struct hazard_domain {
  std::mutex mutex;
  atomic<thread_record_impl*> records;  ///< never freed; new ones are put in front
  std::uint32_t record_count = 0;
  atomic<bool> many_records;      ///< bits of signal_state::sending_threads are shared
  atomic<bool> asymmetric_fence;  ///< membarrier works, and is wanted
  atomic<bool> ever_asymmetric;   ///< so there may still be sends without fences
  signal_impl* signals = nullptr;
  receiver_slot* deferred = nullptr;  ///< disconnected, to be destroyed by the last to leave
  /// Their `aldis::signal` is gone; freed when no send is in them.
  signal_impl* abandoned_signals = nullptr;
  bool prepared = false;
  pthread_key_t thread_end = 0;  ///< its destructor gives the thread's record back
};

extern hazard_domain the_domain;

/// Guards registries, scopes and bags of connections. Taken before every other lock; one for all,
/// so that fork() can take it.
extern std::mutex tables_mutex;

thread_record_impl* record_by_key(hazard_domain& domain) noexcept;
thread_record_impl& new_record_in(hazard_domain& domain);
send_frame& next_frame(thread_record_impl& me);

/// For the thread that owns it.
inline bool in_use(const send_frame& at) noexcept {
  return at.inside.load_relaxed() != nullptr || at.held.load_relaxed() != nullptr;
}

/// This thread's record in the domain if it has one already, else null.
inline thread_record_impl* known_record(hazard_domain& domain) noexcept {
  if (own_record->home == &domain) return static_cast<thread_record_impl*>(own_record);
  // A signal made by another copy of this library, statically linked into a plugin or a host.
  return &domain == &the_domain ? nullptr : record_by_key(domain);
}

/// This thread's record in the domain.
inline thread_record_impl& record_in(hazard_domain& domain) {
  thread_record_impl* const known = known_record(domain);
  return known ? *known : new_record_in(domain);
}

inline send_frame& claim_frame(thread_record_impl& me) {
  send_frame& top = *me.top;
  return !top.previous && !in_use(top) ? top : next_frame(me);
}
void free_frame(send_frame& at) noexcept;
void prepare(hazard_domain& domain);

template <class Visit>
bool any_record(const hazard_domain& domain, const Visit& visit) {
  for (thread_record_impl* thread = domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (visit(*thread)) return true;
  }
  return false;
}

template <class Visit>
bool any_frame(const thread_record& thread, const Visit& visit) {
  // Sequentially consistent, as the store in next_frame: a frame that is missed here was added
  // after what the caller wrote before, and its send sees that.
  for (const send_frame* frame = &thread.first; frame; frame = frame->next.load()) {
    if (visit(*frame)) return true;
  }
  return false;
}

/// Makes the thread look for pending work the next time it leaves something. Under the domain's
/// mutex. True if a barrier is needed before the caller may rely on it: not if the mark was set
/// already, because only this mutex lets the thread clear it, and a barrier followed the first
/// mark.
inline bool mark_pending_work(thread_record_impl& thread) noexcept {
  return thread.has_pending_work.exchange(1) == 0 && &thread != own_record;
}

}  // namespace aldis::detail
