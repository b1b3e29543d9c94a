#pragma once

// Threads: their records, and the registry that they share.

#include <aldis/reclamation/hazard_pointers.hpp>

#include "asymmetric_fence.hpp"
#include <pthread.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace aldis::reclamation {

/// Reads that a thread can wait for: those whose first hazard pointer is `target`.
struct read_query {
  const void* target = nullptr;
  const void* purpose = nullptr;  ///< null: all; else those of which another hazard pointer is this
};

/// What a fast-path read does not touch.
struct thread_record_impl : thread_record {
  thread_record_impl* next_record = nullptr;  ///< in thread_registry::records; set once

  // Accessed by the thread itself only.
  hazard_frame* top = &first;  ///< every frame after it is free
  std::uint32_t fenced_reads = 0;

  // Guarded by thread_registry::mutex.
  bool owned = false;                ///< by a living thread
  std::uint32_t waiters = 0;         ///< threads that wait on `on_leave`
  read_query waiting_for;            ///< what this thread waits for
  std::condition_variable on_leave;  ///< this thread has left something

  hazard_frame second;  ///< after `first`, so that few reads need another
};

/// What the user of the library provides. These are code of the module that made the registry. If a
/// domain is used by another copy of the library too, in a plugin, that one may be unloaded first.
struct registry_callbacks {
  /// At the end of a thread that has pending work.
  void (*process_pending_work)(thread_record& me) noexcept;
  /// `many_records` has become true: waits for the writers that did not see it.
  void (*wait_for_writers)(thread_registry& registry);
  /// Frees what was retired. Under the mutex of the domain's writers. Called by `epochs`, it may
  /// retire the object into a domain_writer; called by a domain_writer, it may not use that one.
  void (*dispose)(reclaimable& retired) noexcept;
};

/// The records of all threads. Never destroyed. `mutex` guards all that is not atomic.
struct thread_registry {
  explicit constexpr thread_registry(registry_callbacks with) noexcept : callbacks(with) {}

  const registry_callbacks callbacks;
  std::mutex mutex;                     ///< all waits begin under it
  atomic<thread_record_impl*> records;  ///< a list that only grows, at its front
  std::uint32_t record_count = 0;
  atomic<bool> many_records;  ///< more than 64, which share bits in hazard_domain::readers
  asymmetric_fence fence;
  bool initialized = false;
  bool unassigned_work = false;  ///< pending work for the next thread that takes a record
  pthread_key_t thread_end = 0;  ///< its destructor gives the thread's record back
};

/// The first registry that this copy of the library initialized, of which `own_record` is a record.
/// Threads find their records in others by a pthread key: a program and a plugin that each contain
/// a static copy have one registry each.
extern constinit atomic<thread_registry*> own_registry;

/// Once per registry; further calls do nothing. Under the registry's mutex.
void initialize(thread_registry& registry) noexcept;

thread_record_impl* record_by_key(thread_registry& registry) noexcept;
/// Exceptions: std::bad_alloc.
thread_record_impl& acquire_record(thread_registry& registry);
/// Exceptions: std::bad_alloc.
hazard_frame& push_frame(thread_record_impl& me);

/// Only for the frame's own thread.
inline bool in_use(const hazard_frame& frame) noexcept {
  return frame[0].load_relaxed() != nullptr || frame[1].load_relaxed() != nullptr;
}

/// This thread's record in the registry, or null if it has none yet.
inline thread_record_impl* existing_record(thread_registry& registry) noexcept {
  if (own_record->registry == &registry) return static_cast<thread_record_impl*>(own_record);
  return &registry == own_registry.load_relaxed() ? nullptr : record_by_key(registry);
}

/// This thread's record in the registry. Exceptions: std::bad_alloc.
inline thread_record_impl& record_in(thread_registry& registry) {
  thread_record_impl* const known = existing_record(registry);
  return known ? *known : acquire_record(registry);
}

/// The same; null without memory.
thread_record_impl* try_record_in(thread_registry& registry) noexcept;

/// A frame of this thread that is not in use; in use once its first or second hazard pointer is
/// set.
inline hazard_frame& claim_frame(thread_record_impl& me) {
  hazard_frame& top = *me.top;
  return !top.previous && !in_use(top) ? top : push_frame(me);
}
/// The same; null without memory, and then this thread is in a read.
hazard_frame* try_claim_frame(thread_record_impl& me) noexcept;
/// Clears all its hazard pointers; threads that wait for this one then see that it left.
void release_frame(hazard_frame& frame) noexcept;

/// Whether `visit` returns true for any record; stops there.
template <class Visit>
bool any_record(const thread_registry& registry, const Visit& visit) {
  // Acquire: records are filled before they are put into the list.
  for (thread_record_impl* thread = registry.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (visit(*thread)) return true;
  }
  return false;
}

/// Whether `visit` returns true for any frame; stops there.
template <class Visit>
bool any_frame(const thread_record& thread, const Visit& visit) {
  // Sequentially consistent, as the store in push_frame: if a frame is missed here, it was added
  // after what the caller wrote before, and its read sees that.
  for (const hazard_frame* frame = &thread.first; frame; frame = frame->next.load()) {
    if (visit(*frame)) return true;
  }
  return false;
}

/// Whether a hazard pointer of any thread refers to it.
bool is_protected(const thread_registry& registry, const void* object) noexcept;

/// Makes the thread process pending work after it has left something. Under the registry's mutex.
/// True if the caller must run a barrier before it relies on that: not if the mark was set already,
/// because it is cleared under this mutex only, and whoever set it ran the barrier.
inline bool set_pending_work(thread_record_impl& thread) noexcept {
  return thread.has_pending_work.exchange(1) == 0 && &thread != own_record;
}
/// Leaves pending work, for which this thread has no memory, to itself after the read that it is
/// in; to any other thread if this one has no record. Under the registry's mutex.
void leave_pending_work(thread_registry& registry, thread_record_impl* me) noexcept;
/// Wakes the threads that wait for this one. Under the registry's mutex. False if there are none.
inline bool wake_waiters(thread_record_impl& me) noexcept {
  if (me.waiters == 0) return false;
  me.on_leave.notify_all();
  return true;
}

/// In a forked child, where no other thread exists: their records become free, what they protected
/// is not protected any more, and this thread has pending work. What frames keep is leaked, because
/// a thread may have been changing it. `me`: null if this thread has no record. Under the
/// registry's mutex, which the parent locked.
void forget_other_threads(thread_registry& registry, const thread_record* me) noexcept;

}  // namespace aldis::reclamation
