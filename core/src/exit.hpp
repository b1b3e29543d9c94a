#pragma once

namespace aldis::detail {

/// Whether exit() or quick_exit() is running on this thread.
bool exiting() noexcept;

}  // namespace aldis::detail
