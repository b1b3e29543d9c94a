#pragma once

// What a reader touches: the hazard pointers of its thread, and the domain that it reads. In the
// programs that include aldis, because reads are inlined there; the other half of the library, for
// those who change what is read, is in reclamation/src.
//
// Hazard pointers are M. Michael's (IEEE TPDS 15(6), 2004), with the reader's fence moved to the
// writers (an asymmetric fence, as in Folly and P1202). docs/design/hazard-pointers.md has the
// argument why it is correct.

#include <aldis/reclamation/atomic.hpp>

#include <cstddef>
#include <cstdint>

namespace aldis::reclamation {

struct hazard_domain;
struct thread_registry;

/// The hazard pointers of one read; a read inside it has the next frame. Written by the reading
/// thread only, read by any. In use while the first or the second is set; one of them must be set
/// while code runs that may read too.
struct alignas(64) hazard_frame {
  atomic<void*> hazards[8];    ///< what each protects is up to the user of the library
  atomic<hazard_frame*> next;  ///< never freed
  hazard_frame* previous = nullptr;

  // For the user of the library; accessed by the thread itself only.
  void* operation = nullptr;  ///< the read that uses the frame
  void* kept = nullptr;       ///< what the next read in this frame may use again

  atomic<void*>& operator[](std::size_t index) noexcept { return hazards[index]; }
  const atomic<void*>& operator[](std::size_t index) const noexcept { return hazards[index]; }
};

/// The hazard pointers of one thread. Given back when the thread ends, and taken by later threads;
/// never freed, so that any thread may read it at any time.
struct thread_record {
  hazard_frame first;  ///< at the record's address, so that a read needs one register for both
  thread_registry* registry = nullptr;
  std::uint64_t bit = 0;                   ///< in hazard_domain::readers
  atomic<std::uint32_t> has_pending_work;  ///< set by other threads; see set_pending_work
  std::uint32_t flags = 0;  ///< for the user of the library; accessed by the thread itself only
};

/// This thread's record; before its first read, a record without a registry, which reads no domain.
/// A trivial pointer, because a thread_local with a destructor costs more on each access, keeps
/// plugins from being unloaded, and is gone when destructors of other thread_locals read
/// (docs/design/threads-fork-plugins.md).
extern constinit thread_local thread_record* own_record
#if defined(__GNUC__) && !defined(_WIN32)
    __attribute__((tls_model("initial-exec"), visibility("default")))
#endif
    ;

/// A bit of hazard_domain::slow_path_reasons: storing a hazard pointer needs a full fence. The
/// other bits are for the user of the library.
inline constexpr std::uint32_t slow_path_fenced = 1;

/// A structure that threads read without locks. Its user derives from it.
struct hazard_domain {
  thread_registry* registry = nullptr;
  atomic<std::uint64_t> readers;            ///< thread_record::bit of each thread that ever read it
  atomic<std::uint32_t> slow_path_reasons;  ///< 0: reads take the fast path, which has no fence
};

/// Whether every thread that changes the domain knows that this one may be reading it.
inline bool is_reader(const hazard_domain& domain, const thread_record& me) noexcept {
  // Relaxed: only the thread itself sets its bit, and no thread clears it while that one lives.
  return me.registry == domain.registry && (domain.readers.load_relaxed() & me.bit) != 0;
}

/// Memory that is read without a lock. Once replaced it is retired, and freed by
/// registry_callbacks::dispose when no hazard pointer refers to it.
struct reclaimable {
  std::uint32_t kind = 0;  ///< for the user of the library
  reclaimable* next_retired = nullptr;
};

}  // namespace aldis::reclamation
