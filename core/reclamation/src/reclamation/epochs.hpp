#pragma once

// Freeing what a read passes through without a hazard pointer for each step.

#include <aldis/reclamation/hazard_pointers.hpp>

#include "retired_list.hpp"
#include "thread_registry.hpp"

namespace aldis::reclamation {

/// What was retired while this was the current epoch.
struct epoch {
  retired_list retired;
};

/// Two epochs that take turns. A read protects the current one by a hazard pointer, and with it all
/// that can be reached while it lasts. The epochs turn only when no read is left in the other one,
/// whose retired memory is then freed (epoch-based reclamation, K. Fraser 2004, with hazard
/// pointers instead of counters). A read that was stopped before it stored its hazard pointer may
/// find its epoch current for the second time: it then reaches what is current now, and protects
/// that. All but `current` is used under the writers' mutex.
class epochs {
 public:
  epochs() = default;
  epochs(const epochs&) = delete;
  epochs& operator=(const epochs&) = delete;

  const atomic<epoch*>& current() const noexcept { return current_; }

  /// Reads that begin now must not reach it; no barrier is needed before.
  void retire(reclaimable& retired) noexcept {
    current_.load_relaxed()->retired.push_front(retired);
  }

  /// Frees what no read can reach. `synchronize` is domain_writer::synchronize.
  template <class Synchronize>
  void reclaim(const thread_registry& registry, const Synchronize& synchronize) noexcept {
    epoch& now = *current_.load_relaxed();
    epoch& other = both_[&now == both_];
    // Reads of `now` began after the turn, so they cannot reach what was retired before it.
    if (is_protected(registry, &other)) return;
    other.retired.dispose_all(registry);
    current_.store(&other);
    synchronize();
    if (!is_protected(registry, &now)) now.retired.dispose_all(registry);
  }

  /// No thread may be reading.
  void free_all(const thread_registry& registry) noexcept {
    for (epoch& each : both_) each.retired.dispose_all(registry);
  }

  /// Whether `visit` returns true for anything retired; stops there.
  template <class Visit>
  bool any_retired(const Visit& visit) const {
    for (const epoch& each : both_) {
      for (const reclaimable& retired : each.retired) {
        if (visit(retired)) return true;
      }
    }
    return false;
  }

 private:
  epoch both_[2];
  atomic<epoch*> current_{both_};
};

}  // namespace aldis::reclamation
