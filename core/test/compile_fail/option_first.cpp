// expect: aldis: the receiver comes first and its options follow

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::from(1));
#ifdef MISUSE
  ready.connect(aldis::from(1), [] {});
#endif
}
