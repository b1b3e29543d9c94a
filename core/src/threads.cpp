// Threads: their records, and what becomes of them at thread exit and in a forked child.

#include "threads.hpp"

#include "barrier.hpp"
#include "disconnect.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include <pthread.h>

#include <new>

namespace aldis::detail {

namespace {

// A thread's record before its first send, and after its last destructor. It has no domain, so no
// send takes the fast path.
constinit thread_record unregistered_record;

/// At thread exit: gives the record back.
void release_record(void* record) noexcept {
  auto* const thread = static_cast<thread_record_impl*>(record);
  if (thread->has_pending_work.load() != 0) process_pending_work(*thread);
  own_record = &unregistered_record;
  const std::lock_guard lock(the_domain.mutex);
  thread->owned = false;
}

// A thread may fork at any time. The parent takes all mutexes before, so that in the child they are
// unlocked, and what they guard is consistent. Only the forking thread exists in the child.
void before_fork() noexcept {
  tables_mutex.lock();
  the_domain.mutex.lock();
  for (signal_impl* signal = the_domain.signals; signal; signal = signal->next)
    signal->mutex.lock();
}

void unlock_all() noexcept {
  for (signal_impl* signal = the_domain.signals; signal; signal = signal->next)
    signal->mutex.unlock();
  the_domain.mutex.unlock();
  tables_mutex.unlock();
}

void clear_frames(thread_record_impl& thread) noexcept {
  for (send_frame* frame = &thread.first; frame; frame = frame->next.load_acquire()) {
    frame->matches_of.store(nullptr);
    frame->reading.store(0);
    frame->matched.store(nullptr);
    frame->search = nullptr;  // leaked: the thread that is gone may have been changing it
    release_frame(*frame);
  }
}

void after_fork_in_child() noexcept {
  const std::uint64_t own_bit = own_record->bit;
  for (thread_record_impl* thread = the_domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    // The threads that waited are gone, and left the condition variable in an unknown state.
    ::new (static_cast<void*>(&thread->on_leave)) std::condition_variable;
    thread->waiters = 0;
    thread->waiting_for = nullptr;
    if (thread == own_record) {
      thread->has_pending_work.store(1);
      continue;
    }
    clear_frames(*thread);
    thread->has_pending_work.store(0);
    thread->owned = false;
  }
  for (signal_impl* signal = the_domain.signals; signal; signal = signal->next) {
    signal->sending_threads.fetch_and(own_bit);
    // What threads that are gone were destroying counts as destroyed.
    std::uint32_t own_destructions = 0;
    for (receiver_slot* slot = signal->pending_destruction; slot;) {
      receiver_slot* const after = slot->metadata->next_pending;
      if (slot->body.load() == body_claimed) {
        if (any_frame(*own_record, [&](const send_frame& frame) {
              return frame.inside.load_relaxed() == slot;
            })) {
          ++own_destructions;
        } else {
          // Leaked: how far the lost thread had come with them is unknown.
          take_guarded_uses(*signal, *slot);
          finalize(*slot);
        }
      }
      slot = after;
    }
    signal->destroying.store(own_destructions);
    // Counted anew below: no thread waits any more, but deferred destructions stay.
    signal->deferred = 0;
  }
  for (const receiver_slot* slot = the_domain.deferred; slot; slot = slot->metadata->next)
    ++signal_of(*slot).deferred;
  for (signal_impl* signal = the_domain.signals; signal; signal = signal->next) {
    if (signal->deferred == 0) remove_slow_path(*signal, slow_path_deferred);
  }
  unlock_all();
}

thread_record_impl* find_free_record(const hazard_domain& domain) noexcept {
  for (thread_record_impl* thread = domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (!thread->owned) return thread;
  }
  return nullptr;
}

thread_record_impl& make_record(hazard_domain& domain) {
  auto* const thread = new thread_record_impl;
  thread->domain = &domain;
  thread->bit = std::uint64_t{1} << (domain.record_count % 64);
  thread->next_record = domain.records.load_acquire();
  if (++domain.record_count == 65) {
    domain.many_records.store(true);
    // Threads that are changing a signal in place still rely on bits that are not shared: wait for
    // them.
    for (signal_impl* signal = domain.signals; signal; signal = signal->next)
      const std::lock_guard wait(signal->mutex);
  }
  domain.records.store(thread);
  return *thread;
}

}  // namespace

constinit thread_local thread_record* own_record = &unregistered_record;
constinit hazard_domain the_domain;
constinit std::mutex tables_mutex;

void initialize(hazard_domain& domain) {
  if (domain.initialized) return;
  register_barrier(domain);
  pthread_key_create(&domain.thread_end, &release_record);
  pthread_atfork(&before_fork, &unlock_all, &after_fork_in_child);
  domain.initialized = true;
}

thread_record_impl* record_by_key(hazard_domain& domain) noexcept {
  return static_cast<thread_record_impl*>(pthread_getspecific(domain.thread_end));
}

thread_record_impl& acquire_record(hazard_domain& domain) {
  const std::lock_guard lock(domain.mutex);
  initialize(domain);
  thread_record_impl* thread = find_free_record(domain);
  if (!thread) thread = &make_record(domain);
  // A key, not a thread_local with a destructor: a key's destructor runs after those of
  // thread_locals, which may still send.
  if (pthread_setspecific(domain.thread_end, thread) != 0) throw std::bad_alloc();
  thread->owned = true;
  thread->rejected = false;
  if (&domain == &the_domain) own_record = thread;
  return *thread;
}

send_frame& push_frame(thread_record_impl& me) {
  while (!in_use(*me.top) && me.top->previous) me.top = me.top->previous;
  if (!in_use(*me.top)) return *me.top;
  send_frame* next = me.top->next.load_relaxed();
  if (!next) {
    next = new send_frame;
    next->previous = me.top;
    // Sequentially consistent: see any_frame.
    me.top->next.store(next);
  }
  me.top = next;
  return *next;
}

void release_frame(send_frame& frame) noexcept {
  frame.selected.store_release(nullptr);
  frame.group.store_release(nullptr);
  frame.senders.store_release(nullptr);
  frame.inside.store_release(nullptr);
  // A full fence: either a thread that waits for this one sees that it left, or this one sees its
  // mark in has_pending_work. It covers `inside` too, for a thread that reads `held` first, as
  // is_inside does. From here on the signal may be freed.
  frame.held.exchange(nullptr);
}

}  // namespace aldis::detail
