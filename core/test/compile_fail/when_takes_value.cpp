// expect: aldis: when\(predicate\): the predicate cannot be called with the signal's arguments

// A predicate may read a by-value argument, but not take it from the receivers.

#include <aldis/signal.hpp>

struct text {};

void connect(aldis::signal<void(text)>& ready) {
  ready.connect([] {}, aldis::when([](const text&) { return true; }));
#ifdef MISUSE
  ready.connect([] {}, aldis::when([](text&&) { return true; }));
#endif
}
