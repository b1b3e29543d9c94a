// expect: aldis: what this receiver returns does not convert to the signal's R

#include <aldis/signal.hpp>

struct text {};

void connect(aldis::signal<text(int)>& asked) {
  asked.connect([](int) { return text(); });
#ifdef MISUSE
  asked.connect([](int n) { return n; });
#endif
}
