#pragma once

namespace aldis::detail {

/// Whether this thread runs the handlers of exit().
bool exiting() noexcept;

}  // namespace aldis::detail
