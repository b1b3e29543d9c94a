// Threads: their records, and what becomes of them at thread exit and in a forked child.

#include "state.hpp"
#include <pthread.h>

#include <new>

namespace aldis::detail {

namespace {

// Before a thread's first send, and after its last destructor: without a home no send is short.
constinit record nobody;

void detach(void* record_of_thread) noexcept {
  auto* const r = static_cast<full_record*>(record_of_thread);
  if (r->attention.load() != 0) settle(*r);
  own_record = &nobody;
  const std::lock_guard lock(the_domain.mutex);
  r->owned = false;
}

// fork() may come in any thread at any time. The child gets every mutex unlocked and consistent,
// because the parent took them all; of the threads only the forking one exists there.
void before_fork() noexcept {
  tables_mutex.lock();
  the_domain.mutex.lock();
  for (full_core* c = the_domain.cores; c; c = c->next) c->mutex.lock();
}

void unlock_all() noexcept {
  for (full_core* c = the_domain.cores; c; c = c->next) c->mutex.unlock();
  the_domain.mutex.unlock();
  tables_mutex.unlock();
}

void forget_frames(full_record& r) noexcept {
  for (frame* f = &r.first; f; f = f->next.load_acquire()) {
    f->matches_of.store(nullptr);
    f->reading.store(0);
    f->matched.store(nullptr);
    f->search = nullptr;  // the thread that is gone may have been changing it
    free_frame(*f);
  }
}

void in_child() noexcept {
  const std::uint64_t mine = own_record->bit;
  for (full_record* r = the_domain.records.load_acquire(); r; r = r->next_record) {
    // Whoever waited is gone, and left the condition variable in an unknown state.
    ::new (static_cast<void*>(&r->left)) std::condition_variable;
    r->waiters = 0;
    r->waiting_for = nullptr;
    if (r == own_record) {
      r->attention.store(1);
      continue;
    }
    forget_frames(*r);
    r->attention.store(0);
    r->owned = false;
  }
  for (full_core* c = the_domain.cores; c; c = c->next) {
    c->announced.fetch_and(mine);
    // What threads that are gone were destroying counts as destroyed.
    std::uint32_t by_me = 0;
    for (place* p = c->dying; p;) {
      place* const after = p->details->next_dying;
      if (p->body.load() == body_claimed) {
        if (any_frame(*own_record, [&](const frame& f) { return f.inside.load_relaxed() == p; })) {
          ++by_me;
        } else {
          // What was to end after it is lost with the thread: nobody knows how far that came.
          take_followers(*c, *p);
          bury(*p);
        }
      }
      p = after;
    }
    c->destroying.store(by_me);
    // Nobody waits any more; what is to be destroyed still is.
    c->deferred = 0;
  }
  for (const place* p = the_domain.deferred; p; p = p->details->next) ++core_of(*p).deferred;
  for (full_core* c = the_domain.cores; c; c = c->next) {
    if (c->deferred == 0) remove_mode(*c, mode_attentive);
  }
  unlock_all();
}

full_record* free_record(const domain& d) noexcept {
  for (full_record* r = d.records.load_acquire(); r; r = r->next_record) {
    if (!r->owned) return r;
  }
  return nullptr;
}

full_record& make_record(domain& d) {
  auto* const r = new full_record;
  r->home = &d;
  r->bit = std::uint64_t{1} << (d.record_count % 64);
  r->next_record = d.records.load_acquire();
  if (++d.record_count == 65) {
    d.many_records.store(true);
    // Who is changing a signal in place at this moment still trusts its mask; wait for the end.
    for (full_core* c = d.cores; c; c = c->next) const std::lock_guard wait(c->mutex);
  }
  d.records.store(r);
  return *r;
}

}  // namespace

constinit thread_local record* own_record = &nobody;
constinit domain the_domain;
constinit std::mutex tables_mutex;

void prepare(domain& d) {
  if (d.prepared) return;
  register_barrier(d);
  pthread_key_create(&d.thread_end, &detach);
  pthread_atfork(&before_fork, &unlock_all, &in_child);
  d.prepared = true;
}

full_record* record_by_key(domain& d) noexcept {
  return static_cast<full_record*>(pthread_getspecific(d.thread_end));
}

full_record& new_record_in(domain& d) {
  const std::lock_guard lock(d.mutex);
  prepare(d);
  full_record* r = free_record(d);
  if (!r) r = &make_record(d);
  // A key, not a thread_local with a destructor: it runs after those, whose objects may still send.
  if (pthread_setspecific(d.thread_end, r) != 0) throw std::bad_alloc();
  r->owned = true;
  r->skipped = false;
  if (&d == &the_domain) own_record = r;
  return *r;
}

void announce(full_core& c, const full_record& me) {
  // Under the mutex, so that whoever changes things in place knows everybody who reads them.
  const std::lock_guard lock(c.mutex);
  c.announced.fetch_or(me.bit);
}

frame& next_frame(full_record& me) {
  while (!in_use(*me.top) && me.top->previous) me.top = me.top->previous;
  if (!in_use(*me.top)) return *me.top;
  frame* next = me.top->next.load_relaxed();
  if (!next) {
    next = new frame;
    next->previous = me.top;
    // Sequentially consistent: any_frame has the other half.
    me.top->next.store(next);
  }
  me.top = next;
  return *next;
}

void free_frame(frame& at) noexcept {
  at.selected.store_release(nullptr);
  at.via.store_release(nullptr);
  at.table.store_release(nullptr);
  at.inside.store_release(nullptr);
  // A full fence: who waits for this thread sees that it left, or is seen by what is read next. It
  // covers `inside` too, for those who read `held` first; and the core may be freed from here.
  at.held.exchange(nullptr);
}

}  // namespace aldis::detail
