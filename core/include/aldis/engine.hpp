#pragma once

#include <aldis/export.hpp>

namespace aldis {

/// From now on every send in this process uses fences: each receiver costs some nanoseconds, and no
/// disconnect uses the membarrier system call. Call it before installing a seccomp filter that
/// refuses membarrier, or to keep processors from being interrupted (real time).
///
/// Threads: may be called at any time from any thread. There is no way back.
ALDIS_API void use_fences() noexcept;

/// Whether sends may do without fences: membarrier works here, and use_fences() was not called.
ALDIS_API bool light_sends() noexcept;

}  // namespace aldis
