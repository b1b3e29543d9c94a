// expect: aldis: this receiver cannot be called with the signal's arguments

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& a, aldis::signal<void(int, int)>& b) {
#ifdef MISUSE
  a.connect(b);
#else
  b.connect(a);
#endif
}
