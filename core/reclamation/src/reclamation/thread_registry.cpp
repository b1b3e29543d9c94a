#include "thread_registry.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <new>
#include <utility>

namespace aldis::reclamation {

namespace {

// A thread's record before its first read, and after its last destructor.
constinit thread_record unregistered_record;

/// At thread exit: gives the record back.
void release_record(void* record) noexcept {
  auto* const thread = static_cast<thread_record_impl*>(record);
  thread_registry& registry = *thread->registry;
  if (thread->has_pending_work.load() != 0) registry.callbacks.process_pending_work(*thread);
  if (own_record == thread) own_record = &unregistered_record;
  const std::lock_guard lock(registry.mutex);
  thread->owned = false;
}

thread_record_impl* find_free_record(const thread_registry& registry) noexcept {
  for (thread_record_impl* thread = registry.records.load_acquire(); thread;
       thread = thread->next_record) {
    if (!thread->owned) return thread;
  }
  return nullptr;
}

thread_record_impl& make_record(thread_registry& registry) {
  auto* const thread = new thread_record_impl;
  thread->registry = &registry;
  thread->bit = std::uint64_t{1} << (registry.record_count % 64);
  thread->next_record = registry.records.load_acquire();
  if (++registry.record_count == 65) {
    registry.many_records.store(true);
    // Writers that are changing something in place still rely on bits that are not shared.
    registry.callbacks.wait_for_writers(registry);
  }
  registry.records.store(thread);
  return *thread;
}

}  // namespace

constinit thread_local thread_record* own_record = &unregistered_record;
constinit atomic<thread_registry*> own_registry;

void initialize(thread_registry& registry) noexcept {
  if (registry.initialized) return;
  registry.fence.prepare();
  pthread_key_create(&registry.thread_end, &release_record);
  if (!own_registry.load_relaxed()) own_registry.store_relaxed(&registry);
  registry.initialized = true;
}

thread_record_impl* record_by_key(thread_registry& registry) noexcept {
  return static_cast<thread_record_impl*>(pthread_getspecific(registry.thread_end));
}

thread_record_impl& acquire_record(thread_registry& registry) {
  const std::lock_guard lock(registry.mutex);
  thread_record_impl* thread = find_free_record(registry);
  if (!thread) thread = &make_record(registry);
  // A key, not a thread_local with a destructor: a key's destructor runs after those of
  // thread_locals, which may still read.
  if (pthread_setspecific(registry.thread_end, thread) != 0) throw std::bad_alloc();
  thread->owned = true;
  thread->flags = 0;
  if (std::exchange(registry.unassigned_work, false)) thread->has_pending_work.store(1);
  if (&registry == own_registry.load_relaxed()) own_record = thread;
  return *thread;
}

thread_record_impl* try_record_in(thread_registry& registry) noexcept {
  try {
    return &record_in(registry);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

hazard_frame* try_claim_frame(thread_record_impl& me) noexcept {
  try {
    return &claim_frame(me);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

hazard_frame& push_frame(thread_record_impl& me) {
  while (!in_use(*me.top) && me.top->previous) me.top = me.top->previous;
  if (!in_use(*me.top)) return *me.top;
  hazard_frame* next = me.top->next.load_relaxed();
  if (!next) {
    next = me.top == &me.first ? &me.second : new hazard_frame;
    next->previous = me.top;
    // Sequentially consistent: see any_frame.
    me.top->next.store(next);
  }
  me.top = next;
  return *next;
}

void release_frame(hazard_frame& frame) noexcept {
  for (std::size_t i = std::size(frame.hazards); i-- > 2;) frame[i].store_release(nullptr);
  frame[0].store_release(nullptr);
  // A full fence: either a thread that waits for this one sees that it left, or this one sees its
  // mark in has_pending_work. It covers the first hazard pointer too, for a thread that reads the
  // second before it, as is_inside does. From here on what was read may be freed.
  frame[1].exchange(nullptr);
}

void leave_pending_work(thread_registry& registry, thread_record_impl* me) noexcept {
  if (me) {
    me->has_pending_work.store(1);
    return;
  }
  bool newly_marked = false;
  any_record(registry, [&](thread_record_impl& thread) {
    if (thread.owned && set_pending_work(thread)) newly_marked = true;
    return false;
  });
  // Whoever finds a mark set relies on this; see set_pending_work.
  if (newly_marked && registry.fence.ever_enabled.load()) registry.fence.heavy();
  // The threads that have records may never read again.
  registry.unassigned_work = true;
}

bool is_protected(const thread_registry& registry, const void* object) noexcept {
  return any_record(registry, [&](const thread_record_impl& thread) {
    return any_frame(thread, [&](const hazard_frame& frame) {
      return std::any_of(std::begin(frame.hazards), std::end(frame.hazards),
                         [&](const atomic<void*>& hazard) { return hazard.load() == object; });
    });
  });
}

void forget_other_threads(thread_registry& registry, const thread_record* me) noexcept {
  any_record(registry, [&](thread_record_impl& thread) {
    // The threads that waited are gone, and left the condition variable in an unknown state.
    ::new (static_cast<void*>(&thread.on_leave)) std::condition_variable;
    thread.waiters = 0;
    thread.waiting_for = {};
    thread.has_pending_work.store(&thread == me ? 1 : 0);
    if (&thread == me) return false;
    thread.owned = false;
    for (hazard_frame* frame = &thread.first; frame; frame = frame->next.load_acquire()) {
      frame->operation = nullptr;
      frame->kept = nullptr;
      release_frame(*frame);
    }
    return false;
  });
}

}  // namespace aldis::reclamation
