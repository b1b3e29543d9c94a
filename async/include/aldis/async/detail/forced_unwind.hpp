#pragma once

// pthread_exit and pthread_cancel unwind the stack of a thread as if by an exception, which ends
// the program when it is caught and not thrown again.

#if __has_include(<bits/cxxabi_forced.h>)
#include <bits/cxxabi_forced.h>
#endif

namespace aldis::detail {

#if __has_include(<bits/cxxabi_forced.h>)
using forced_unwind = __cxxabiv1::__forced_unwind;
#else
/// Never thrown.
struct forced_unwind {};
#endif

}  // namespace aldis::detail
