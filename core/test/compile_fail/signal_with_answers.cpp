// expect: aldis: this signal wants one answer, and the signal that it is to be connected to has
// many

#include <aldis/signal.hpp>

void connect(aldis::signal<int(int)>& a, aldis::signal<int(int)>& b) {
#ifdef MISUSE
  a.connect(b);
#else
  a.connect([&b](int n) { return b.send(n).front().value; });
#endif
}
