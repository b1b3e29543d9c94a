// Nothing waits once the process is exiting: other threads may be parked inside receivers for ever,
// and static destructors would wait for them.

#include "exit.hpp"

#include <dlfcn.h>
#include <unwind.h>

#include <cstdlib>
#include <cstring>

namespace aldis::detail {

namespace {

bool is_exit(const void* at) noexcept {
  if (at == reinterpret_cast<const void*>(&std::exit)) return true;
  Dl_info info;
  if (dladdr(at, &info) == 0 || !info.dli_sname) return false;
  return std::strcmp(info.dli_sname, "exit") == 0 || std::strcmp(info.dli_sname, "quick_exit") == 0;
}

_Unwind_Reason_Code visit(_Unwind_Context* frame, void* found) {
  // exit() never returns, so the return address may lie behind its last instruction.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the unwinder counts in integers
  void* const inside = reinterpret_cast<void*>(_Unwind_GetIP(frame) - 1);
  if (!is_exit(_Unwind_FindEnclosingFunction(inside))) return _URC_NO_REASON;
  *static_cast<bool*>(found) = true;
  return _URC_END_OF_STACK;
}

}  // namespace

// A flag set by an atexit handler would come too late for objects whose destructors were registered
// after it, so the thread's own stack is asked. Only a disconnect that is about to block asks.
bool exiting() noexcept {
  bool found = false;
  _Unwind_Backtrace(&visit, &found);
  return found;
}

}  // namespace aldis::detail
