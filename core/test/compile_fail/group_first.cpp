// expect: aldis: the receiver comes first, and groups are priorities

#include <aldis/signal.hpp>

// As in Boost.Signals2.

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::priority(5));
#ifdef MISUSE
  ready.connect(5, [] {});
#endif
}
