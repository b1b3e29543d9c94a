// expect: aldis: when\(predicate\): the predicate cannot be called with the signal's arguments

#include <aldis/signal.hpp>

struct text {};

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::when([](int) { return true; }));
#ifdef MISUSE
  ready.connect([] {}, aldis::when([](text) { return true; }));
#endif
}
