// expect: aldis: from\(\) and not_from\(\) need a signal whose first parameter is the sender

#include <aldis/signal.hpp>

void connect(aldis::signal<void()>& tick, aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::from(1));
#ifdef MISUSE
  tick.connect([] {}, aldis::from(1));
#else
  tick.connect([] {});
#endif
}
