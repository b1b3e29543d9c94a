#pragma once

// A full fence of which readers execute nothing but the compiler's half.

#include <aldis/reclamation/atomic.hpp>

namespace aldis::reclamation {

struct asymmetric_fence {
  atomic<bool> enabled;       ///< readers may do without fences
  atomic<bool> ever_enabled;  ///< there may still be readers that do

  /// Enables it where the system can interrupt all threads.
  void prepare() noexcept;
  /// As if every thread of the process executed a full fence: every store that any of them made
  /// before is visible afterwards.
  void heavy() noexcept;
};

}  // namespace aldis::reclamation
