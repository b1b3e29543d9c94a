// Watched sends: slow_path_watched makes them take the slow path, which reports at its end.

#include "watch.hpp"

#include "clock.hpp"
#include "library_state.hpp"
#include "signal_impl.hpp"
#include "topic_trie.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>

namespace aldis::detail {

namespace {

/// Under the signal's mutex. Sets the flag in `live` too, because a send without receivers reads
/// nothing else.
void set_watched(signal_impl& signal, bool on) noexcept {
  if (on) {
    add_slow_path(signal, slow_path_watched);
    signal.live.store_release(signal.live.load_relaxed() | live_watched);
  } else {
    signal.live.store_release(signal.live.load_relaxed() & ~live_watched);
    // Last: afterwards sends may take the fast path.
    remove_slow_path(signal, slow_path_watched);
  }
}

/// Calls every observer of the report's signal, even if others throw, as send_robust does, but
/// keeps no outcomes. False if there is none.
bool report_to(const signal<void(const send_report&)>& observers, const send_report& report) {
  using loop = send_loop<void(const send_report&)>;
  bool observed = false;
  loop::run(
      signal_base_access::state_of(observers).load_acquire(),
      [&](slow_send& send, bool last) {
        try {
          if (loop::call(send, last, nullptr, report)) observed = true;
        } catch (...) {
          send.failed();
          observed = true;
        }
        return true;
      },
      report);
  return observed;
}

/// Returns sends to the fast path if no observer is left.
void end_watch_if_unobserved(signal_impl& signal, watch_state& watch) {
  const std::lock_guard lock(tables_mutex);
  watch.unobserved.store(false);
  if (is_watched(*watch.watchers, watch.name)) return;
  const std::lock_guard inner(signal.mutex);
  set_watched(signal, false);
}

}  // namespace

bool is_watched(const watchers& all, std::string_view name) {
  signal_state* const state = signal_base_access::state_of(all.observers).load_acquire();
  if (!state) return false;
  signal_impl& signal = impl_of(*state);
  const std::lock_guard lock(signal.mutex);
  return !matching_lists(signal, {name.data(), name.size()}).empty();
}

void begin_watch(atomic<signal_state*>& owner, const std::shared_ptr<watchers>& all,
                 std::string_view name) {
  signal_impl& signal = get_or_make_signal(owner);
  std::unique_ptr<watch_state> made;
  if (!signal.watch.load_acquire()) {
    made = std::make_unique<watch_state>();
    made->watchers = all;
    made->name = name;
  }
  const std::lock_guard lock(signal.mutex);
  if (made) signal.watch.store(made.release());
  set_watched(signal, true);
}

void release_watch(watch_state* watch) noexcept {
  if (watch && watch->references.fetch_sub(1) == 1) delete watch;
}

void slow_send::begin_report() {
  signal_impl& signal = impl_of(state_);
  watch_state& watch = *signal.watch.load_acquire();
  if (watch.unobserved.load()) end_watch_if_unobserved(signal, watch);
  watch.references.fetch_add(1);
  report_ = {&watch, steady_nanoseconds(), 0, std::uncaught_exceptions(), false};
}

// After leaving: observers may disconnect receivers that this send called, or destroy its signal.
void slow_send::end_report() noexcept {
  const std::uint64_t ended = steady_nanoseconds();
  const bool threw = report_.threw || std::uncaught_exceptions() > report_.exceptions;
  watch_state& watch = *report_.watch;
  const send_report report{watch.name, report_.receivers,
                           std::chrono::nanoseconds(ended - report_.began), threw};
  me_->flags |= thread_in_observer;
  try {
    if (!report_to(watch.watchers->observers, report)) watch.unobserved.store(true);
  } catch (...) {
    // No memory for the search of the patterns: the report is lost.
  }
  me_->flags &= ~thread_in_observer;
  release_watch(&watch);
}

}  // namespace aldis::detail
