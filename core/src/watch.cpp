// Watched sends: a bit of the mode sends them the slow path, whose end tells the observers.

#include "watch.hpp"

#include "locked_section.hpp"
#include "signal_impl.hpp"
#include "slow_send.hpp"
#include "threads.hpp"
#include "topics.hpp"

#include <chrono>
#include <exception>
#include <mutex>

namespace aldis::detail {

namespace {

/// Under the signal's mutex. A signal without receivers looks at `live` only, so that counts one
/// that is none.
void set_watched(signal_impl& signal, bool on) noexcept {
  if (on) {
    add_slow_path(signal, slow_path_watched);
    signal.live.store_release(signal.live.load_relaxed() | live_watched);
  } else {
    signal.live.store_release(signal.live.load_relaxed() & ~live_watched);
    // Last: with the mode goes the way that sends take.
    remove_slow_path(signal, slow_path_watched);
  }
}

/// The last observer may have gone: then sends take the fast path again.
void end_watch_if_unobserved(signal_impl& signal, watch_state& post) {
  const std::lock_guard lock(tables_mutex);
  post.unobserved.store(false);
  if (is_watched(*post.all, post.name)) return;
  const std::lock_guard inner(signal.mutex);
  set_watched(signal, false);
}

}  // namespace

bool is_watched(const watchers& all, std::string_view name) {
  signal_state* const of = signal_base_access::signal_of(all.observers).load_acquire();
  if (!of) return false;
  signal_impl& signal = impl_of(*of);
  const std::lock_guard lock(signal.mutex);
  return !matching_lists(signal, {name.data(), name.size()}).empty();
}

void begin_watch(atomic<signal_state*>& owner, const std::shared_ptr<watchers>& all,
                 std::string_view name) {
  signal_impl& signal = made_signal(owner);
  std::unique_ptr<watch_state> made;
  if (!signal.post.load_acquire()) {
    made = std::make_unique<watch_state>();
    made->all = all;
    made->name = name;
  }
  const std::lock_guard lock(signal.mutex);
  if (made) signal.post.store(made.release());
  set_watched(signal, true);
}

void release_watch(watch_state* post) noexcept {
  if (post && post->references.fetch_sub(1) == 1) delete post;
}

void slow_send::begin_report() {
  signal_impl& signal = impl_of(state_);
  watch_state& post = *signal.post.load_acquire();
  if (post.unobserved.load()) end_watch_if_unobserved(signal, post);
  post.references.fetch_add(1);
  report_ = {&post, now(), 0, std::uncaught_exceptions(), false};
}

// After leaving: observers may disconnect whom this send called, or destroy its signal.
void slow_send::end_report() noexcept {
  const std::uint64_t ended = now();
  const bool threw = report_.threw || std::uncaught_exceptions() > report_.exceptions;
  watch_state& post = *report_.post;
  const send_report report{post.name, report_.receivers,
                           std::chrono::nanoseconds(ended - report_.began), threw};
  me_.telling = true;
  try {
    if (post.all->observers.send_robust(report).empty()) post.unobserved.store(true);
  } catch (...) {
    // No memory for the outcomes: nobody is told.
  }
  me_.telling = false;
  release_watch(&post);
}

}  // namespace aldis::detail
