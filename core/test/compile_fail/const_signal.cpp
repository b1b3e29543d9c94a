// expect: aldis: connect\(signal\) needs a signal that is not const

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& a, const aldis::signal<void(int)>& b) {
#ifdef MISUSE
  a.connect(b);
#else
  a.connect([&b](int n) { b.send(n); });
#endif
}
