#pragma once

// The writers' side of a hazard domain.

#include <aldis/reclamation/hazard_pointers.hpp>

#include "retired_list.hpp"
#include "thread_registry.hpp"

#include <cstdint>
#include <utility>

namespace aldis::reclamation {

/// What the writers of a domain know: who may be reading, and what waits to be freed. Used under
/// one mutex of the user's, which every writer locks, if nothing else is said.
class domain_writer {
 public:
  explicit domain_writer(hazard_domain& domain) noexcept : domain_(domain) {}
  domain_writer(const domain_writer&) = delete;
  domain_writer& operator=(const domain_writer&) = delete;

  thread_registry& registry() const noexcept { return *domain_.registry; }

  /// Under the mutex, so that a writer which changes something in place knows all that may be
  /// reading it.
  void add_reader(const thread_record& me) noexcept {
    domain_.readers.store_release(domain_.readers.load_relaxed() | me.bit);
  }

  /// Reads by threads that need not be readers of the domain. Also without the mutex.
  void begin_unregistered_read() noexcept { unregistered_.fetch_add(1); }
  void end_unregistered_read() noexcept { unregistered_.fetch_sub(1); }
  void set_unregistered_reads(std::uint32_t count) noexcept { unregistered_.store(count); }

  /// Whether threads other than this one may be reading. Also without the mutex.
  bool others_read() const noexcept {
    const thread_record& me = *own_record;
    std::uint64_t readers = domain_.readers.load();
    if (me.registry == domain_.registry && !registry().many_records.load_relaxed())
      readers &= ~me.bit;
    return readers != 0 || unregistered_.load() != 0;
  }

  /// Whether no thread, this one included, is reading. `reads` tells whether a frame of this thread
  /// is of this domain. No other thread can begin to read while the mutex is locked.
  template <class Reads>
  bool is_quiescent(const Reads& reads) const noexcept {
    if (others_read()) return false;
    if (own_record->registry != domain_.registry) return true;
    const auto& me = static_cast<const thread_record_impl&>(*own_record);
    return (me.top == &me.first && !in_use(me.first)) || !any_frame(me, reads);
  }

  /// Afterwards this thread sees every hazard pointer that was stored by a read which did not see
  /// what the caller has just written; later reads see it. `fence` adds slow_path_fenced to the
  /// reasons, revokes the fast path, and returns the reasons before.
  template <class Fence>
  void synchronize(const Fence& fence) noexcept {
    ++changes_;
    if (!others_read()) return;
    // Before paying for the barrier; and every 64th time where reads are always fenced, so that
    // threads which have ended do not tax writers for ever.
    if ((domain_.slow_path_reasons.load() & slow_path_fenced) == 0 || changes_ % 64 == 0)
      forget_ended_threads();
    if (!others_read()) return;
    // Its read-modify-write is also the full fence that this side needs if reads are fenced
    // already.
    if ((fence() & slow_path_fenced) == 0) registry().fence.heavy();
  }
  /// Counts a change that no thread could be reading.
  void count_change() noexcept { ++changes_; }

  /// Whether reads may do without fences again: there was no change since the last call. Under the
  /// mutex every change comes either before, and is seen by each thread that reads the reasons; or
  /// after, and runs the barrier.
  bool may_unfence() noexcept {
    return std::exchange(changes_seen_, changes_) == changes_ && registry().fence.enabled.load();
  }

  /// Frees it as soon as no hazard pointer refers to it. Reads that begin now must not reach it:
  /// the caller has called `synchronize` since it was replaced, unless the domain is quiescent.
  void retire(reclaimable& retired) noexcept {
    retired_.push_front(retired);
    reclaim();
  }
  /// Frees everything retired that no hazard pointer refers to.
  void reclaim() noexcept { retired_.dispose_unprotected(registry()); }
  /// Frees everything retired. No thread may be reading.
  void free_all() noexcept { retired_.dispose_all(registry()); }
  const retired_list& retired() const noexcept { return retired_; }

 private:
  void forget_ended_threads() noexcept;

  hazard_domain& domain_;
  retired_list retired_;
  std::uint32_t changes_ = 0;       ///< when it stops growing, reads return to the fast path
  std::uint32_t changes_seen_ = 0;  ///< `changes_` at the last try to return
  atomic<std::uint32_t> unregistered_;
};

}  // namespace aldis::reclamation
