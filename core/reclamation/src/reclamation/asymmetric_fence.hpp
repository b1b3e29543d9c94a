#pragma once

// A full fence between readers and writers that costs readers no instruction: writers make every
// processor execute one.

#include <aldis/reclamation/atomic.hpp>

namespace aldis::reclamation {

struct asymmetric_fence {
  atomic<bool> enabled;       ///< readers may omit fences
  atomic<bool> ever_enabled;  ///< some readers may still omit them

  /// Enables it where the system can interrupt all threads.
  void prepare() noexcept;
  /// As if every thread of the process executed a full fence: every store that any of them made
  /// before is visible afterwards.
  void heavy() noexcept;
};

}  // namespace aldis::reclamation
