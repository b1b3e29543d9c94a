#pragma once

namespace aldis::reclamation {

/// Whether exit() or quick_exit() is running on this thread.
bool exiting() noexcept;

}  // namespace aldis::reclamation
