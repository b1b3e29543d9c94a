// expect: aldis: signal<S>: S is a signature: signal<void\(int, float\)> instead of

#include <aldis/signal.hpp>

aldis::signal<void(int, float)> fine;
#ifdef MISUSE
aldis::signal<int, float> misused;
#endif
