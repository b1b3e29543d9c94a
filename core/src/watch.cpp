// Watched sends: a bit of the mode sends them the long way, whose end tells the observers.

#include "watch.hpp"

#include "topics.hpp"

#include <chrono>
#include <exception>
#include <mutex>

namespace aldis::detail {

namespace {

/// Under the core's mutex. A signal without receivers looks at `live` only, so that counts one that
/// is none.
void set_watched(full_core& c, bool on) noexcept {
  if (on) {
    add_mode(c, mode_watched);
    c.live.store_release(c.live.load_relaxed() | live_watched);
  } else {
    c.live.store_release(c.live.load_relaxed() & ~live_watched);
    // Last: with the mode goes the way that sends take.
    remove_mode(c, mode_watched);
  }
}

/// The last observer may have gone: then sends are short again.
void end_watch_if_unheard(full_core& c, watch_post& post) {
  const std::lock_guard lock(tables_mutex);
  post.unheard.store(false);
  if (is_watched(*post.all, post.name)) return;
  const std::lock_guard inner(c.mutex);
  set_watched(c, false);
}

}  // namespace

bool is_watched(const watchers& all, std::string_view name) {
  core* const of = signal_base_access::core_of(all.observers).load_acquire();
  if (!of) return false;
  full_core& c = full(*of);
  const std::lock_guard lock(c.mutex);
  return !matching_rosters(c, {name.data(), name.size()}).empty();
}

void begin_watch(atomic<core*>& owner, const std::shared_ptr<watchers>& all,
                 std::string_view name) {
  full_core& c = core_made(owner);
  std::unique_ptr<watch_post> made;
  if (!c.post.load_acquire()) {
    made = std::make_unique<watch_post>();
    made->all = all;
    made->name = name;
  }
  const std::lock_guard lock(c.mutex);
  if (made) c.post.store(made.release());
  set_watched(c, true);
}

void release_post(watch_post* post) noexcept {
  if (post && post->references.fetch_sub(1) == 1) delete post;
}

void walk::begin_report() {
  full_core& c = full(core_);
  watch_post& post = *c.post.load_acquire();
  if (post.unheard.load()) end_watch_if_unheard(c, post);
  post.references.fetch_add(1);
  report_ = {&post, now(), 0, std::uncaught_exceptions(), false};
}

// After leaving: observers may disconnect whom this send called, or destroy its signal.
void walk::end_report() noexcept {
  const std::uint64_t ended = now();
  const bool threw = report_.threw || std::uncaught_exceptions() > report_.exceptions;
  watch_post& post = *report_.post;
  const send_report report{post.name, report_.receivers,
                           std::chrono::nanoseconds(ended - report_.began), threw};
  me_.telling = true;
  try {
    if (post.all->observers.send_robust(report).empty()) post.unheard.store(true);
  } catch (...) {
    // No memory for the outcomes: nobody is told.
  }
  me_.telling = false;
  release_post(&post);
}

}  // namespace aldis::detail
