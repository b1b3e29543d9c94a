#pragma once

// Storing a hazard pointer, where readers need not be as fast as on an inlined fast path.

#include <aldis/reclamation/hazard_pointers.hpp>

namespace aldis::reclamation {

/// Stores a hazard pointer. The store must be visible before the caller checks that the object is
/// still in use: while the domain is fenced, by a locked instruction here; else by the barrier of
/// the thread that replaces the object. The reasons are read after the store, because a writer may
/// have set slow_path_fenced just before it (docs/design/hazard-pointers.md).
inline void store_hazard(const hazard_domain& domain, atomic<void*>& hazard, void* value) noexcept {
  // Release: what this thread did before happens before what any thread does that reads this.
  hazard.store_release(value);
  compiler_barrier();
  if ((domain.slow_path_reasons.load_acquire() & slow_path_fenced) != 0) hazard.exchange(value);
}

/// Loads a pointer that may be replaced at any time; what it points to is then not freed while the
/// hazard pointer stays.
template <class T>
T* protect(const hazard_domain& domain, const atomic<T*>& source, atomic<void*>& hazard) noexcept {
  for (;;) {
    // Acquire: the object was filled before its address was stored here.
    T* const seen = source.load_acquire();
    store_hazard(domain, hazard, seen);
    if (source.load() == seen) return seen;
  }
}

}  // namespace aldis::reclamation
