#include "library_state.hpp"

#include "disconnect.hpp"
#include "reclaim.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include <pthread.h>

namespace aldis::detail {

namespace {

void wait_for_writers(thread_registry& registry) {
  for (signal_impl& signal : static_cast<library_state&>(registry).signals)
    const std::lock_guard wait(signal.mutex);
}

// A thread may fork at any time. The parent takes all mutexes before, so that in the child they are
// unlocked, and what they guard is consistent. Only the forking thread exists in the child.
void before_fork() noexcept {
  tables_mutex.lock();
  the_library.mutex.lock();
  for (signal_impl& signal : the_library.signals) signal.mutex.lock();
}

void unlock_all() noexcept {
  for (signal_impl& signal : the_library.signals) signal.mutex.unlock();
  the_library.mutex.unlock();
  tables_mutex.unlock();
}

/// What threads that are gone were destroying counts as destroyed.
void finish_lost_destructions(signal_impl& signal) noexcept {
  std::uint32_t own_destructions = 0;
  for (auto at = signal.pending_destruction.begin(); at != signal.pending_destruction.end();) {
    receiver_slot& slot = *at;
    ++at;  // before finalize, which takes the slot out of the list
    if (slot.body.load() != body_claimed) continue;
    if (any_frame(*own_record, [&](const hazard_frame& frame) {
          return frame[hazard::receiver].load_relaxed() == &slot;
        })) {
      ++own_destructions;
    } else {
      // Leaked: how far the lost thread had come with them is unknown.
      take_guarded_uses(signal, slot);
      finalize(slot);
    }
  }
  signal.writer.set_unregistered_reads(own_destructions);
}

void after_fork_in_child() noexcept {
  forget_other_threads(the_library, own_record);
  for (signal_impl& signal : the_library.signals) {
    signal.readers.fetch_and(own_record->bit);
    finish_lost_destructions(signal);
    // Counted anew below: no thread waits any more, but deferred destructions stay.
    signal.deferred = 0;
  }
  for (const receiver_slot* slot = the_library.deferred; slot; slot = slot->metadata->next)
    ++signal_of(*slot).deferred;
  for (signal_impl& signal : the_library.signals) {
    if (signal.deferred == 0) remove_slow_path(signal, slow_path_deferred);
  }
  unlock_all();
}

// At load, because preparing the fence is cheap before there are threads, and takes milliseconds
// later.
[[maybe_unused]] const bool initialized_at_load = [] {
  const std::lock_guard lock(the_library.mutex);
  initialize(the_library);
  return true;
}();

}  // namespace

list_links<signal_impl>& links_of_signal(signal_impl& signal) noexcept { return signal.links; }

constinit library_state the_library{{&process_pending_work, &wait_for_writers, &dispose}};
constinit std::mutex tables_mutex;

void initialize(library_state& library) {
  if (library.initialized) return;
  reclamation::initialize(library);
  pthread_atfork(&before_fork, &unlock_all, &after_fork_in_child);
}

}  // namespace aldis::detail
