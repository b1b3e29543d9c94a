// No thread that runs exit() waits for readers: they may be stopped for ever, and static
// destructors would wait for them.

#include "exit.hpp"

#include <dlfcn.h>
#include <unwind.h>

#include <cstdlib>
#include <cstring>

namespace aldis::reclamation {

namespace {

bool is_exit(const void* function) noexcept {
  if (function == reinterpret_cast<const void*>(&std::exit)) return true;
  Dl_info info;
  if (dladdr(function, &info) == 0 || !info.dli_sname) return false;
  return std::strcmp(info.dli_sname, "exit") == 0 || std::strcmp(info.dli_sname, "quick_exit") == 0;
}

_Unwind_Reason_Code visit(_Unwind_Context* frame, void* found) {
  // A function that never returns may end with a call, whose return address lies behind the
  // function. NOLINTNEXTLINE(performance-no-int-to-ptr): the unwinder counts in integers
  void* const inside = reinterpret_cast<void*>(_Unwind_GetIP(frame) - 1);
  if (!is_exit(_Unwind_FindEnclosingFunction(inside))) return _URC_NO_REASON;
  *static_cast<bool*>(found) = true;
  return _URC_END_OF_STACK;
}

}  // namespace

// A flag set by an atexit handler would be set too late: destructors that were registered after the
// handler run before it. So the thread's own stack is searched, which is slow; only a thread
// that is about to block does that.
bool exiting() noexcept {
  bool found = false;
  _Unwind_Backtrace(&visit, &found);
  return found;
}

}  // namespace aldis::reclamation
