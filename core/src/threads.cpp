// Threads: their records, and what becomes of them at thread exit and in a forked child.

#include "threads.hpp"

#include "barrier.hpp"
#include "disconnect.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "topics.hpp"
#include <pthread.h>

#include <new>

namespace aldis::detail {

namespace {

// Before a thread's first send, and after its last destructor: without a home no send takes the
// fast path.
constinit thread_record unregistered_record;

void detach(void* record_of_thread) noexcept {
  auto* const thread = static_cast<thread_record_impl*>(record_of_thread);
  if (thread->has_pending_work.load() != 0) run_deferred(*thread);
  own_record = &unregistered_record;
  const std::lock_guard lock(the_domain.mutex);
  thread->owned = false;
}

// fork() may come in any thread at any time. The child gets every mutex unlocked and consistent,
// because the parent took them all; of the threads only the forking one exists there.
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

void forget_frames(thread_record_impl& thread) noexcept {
  for (send_frame* frame = &thread.first; frame; frame = frame->next.load_acquire()) {
    frame->matches_of.store(nullptr);
    frame->reading.store(0);
    frame->matched.store(nullptr);
    frame->search = nullptr;  // the thread that is gone may have been changing it
    free_frame(*frame);
  }
}

void in_child() noexcept {
  const std::uint64_t mine = own_record->bit;
  for (thread_record_impl* thread = the_domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    // Whoever waited is gone, and left the condition variable in an unknown state.
    ::new (static_cast<void*>(&thread->on_leave)) std::condition_variable;
    thread->waiters = 0;
    thread->waiting_for = nullptr;
    if (thread == own_record) {
      thread->has_pending_work.store(1);
      continue;
    }
    forget_frames(*thread);
    thread->has_pending_work.store(0);
    thread->owned = false;
  }
  for (signal_impl* signal = the_domain.signals; signal; signal = signal->next) {
    signal->sending_threads.fetch_and(mine);
    // What threads that are gone were destroying counts as destroyed.
    std::uint32_t by_me = 0;
    for (receiver_slot* slot = signal->pending_destruction; slot;) {
      receiver_slot* const after = slot->metadata->next_pending;
      if (slot->body.load() == body_claimed) {
        if (any_frame(*own_record, [&](const send_frame& frame) {
              return frame.inside.load_relaxed() == slot;
            })) {
          ++by_me;
        } else {
          // What was to end after it is lost with the thread: nobody knows how far that came.
          take_followers(*signal, *slot);
          finalize(*slot);
        }
      }
      slot = after;
    }
    signal->destroying.store(by_me);
    // Nobody waits any more; what is to be destroyed still is.
    signal->deferred = 0;
  }
  for (const receiver_slot* slot = the_domain.deferred; slot; slot = slot->metadata->next)
    ++signal_of(*slot).deferred;
  for (signal_impl* signal = the_domain.signals; signal; signal = signal->next) {
    if (signal->deferred == 0) remove_slow_path(*signal, slow_path_deferred);
  }
  unlock_all();
}

thread_record_impl* free_record(const hazard_domain& domain) noexcept {
  for (thread_record_impl* thread = domain.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (!thread->owned) return thread;
  }
  return nullptr;
}

thread_record_impl& make_record(hazard_domain& domain) {
  auto* const thread = new thread_record_impl;
  thread->home = &domain;
  thread->bit = std::uint64_t{1} << (domain.record_count % 64);
  thread->next_record = domain.records.load_acquire();
  if (++domain.record_count == 65) {
    domain.many_records.store(true);
    // Who is changing a signal in place at this moment still trusts its mask; wait for the end.
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

void prepare(hazard_domain& domain) {
  if (domain.prepared) return;
  register_barrier(domain);
  pthread_key_create(&domain.thread_end, &detach);
  pthread_atfork(&before_fork, &unlock_all, &in_child);
  domain.prepared = true;
}

thread_record_impl* record_by_key(hazard_domain& domain) noexcept {
  return static_cast<thread_record_impl*>(pthread_getspecific(domain.thread_end));
}

thread_record_impl& new_record_in(hazard_domain& domain) {
  const std::lock_guard lock(domain.mutex);
  prepare(domain);
  thread_record_impl* thread = free_record(domain);
  if (!thread) thread = &make_record(domain);
  // A key, not a thread_local with a destructor: it runs after those, whose objects may still send.
  if (pthread_setspecific(domain.thread_end, thread) != 0) throw std::bad_alloc();
  thread->owned = true;
  thread->rejected = false;
  if (&domain == &the_domain) own_record = thread;
  return *thread;
}

send_frame& next_frame(thread_record_impl& me) {
  while (!in_use(*me.top) && me.top->previous) me.top = me.top->previous;
  if (!in_use(*me.top)) return *me.top;
  send_frame* next = me.top->next.load_relaxed();
  if (!next) {
    next = new send_frame;
    next->previous = me.top;
    // Sequentially consistent: any_frame has the other half.
    me.top->next.store(next);
  }
  me.top = next;
  return *next;
}

void free_frame(send_frame& at) noexcept {
  at.selected.store_release(nullptr);
  at.via.store_release(nullptr);
  at.table.store_release(nullptr);
  at.inside.store_release(nullptr);
  // A full fence: who waits for this thread sees that it left, or is seen by what is read next. It
  // covers `inside` too, for those who read `held` first; and the signal may be freed from here.
  at.held.exchange(nullptr);
}

}  // namespace aldis::detail
