// expect: aldis: from\(x\): x is not a sender of this signal; its first parameter has another type

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::from(1));
#ifdef MISUSE
  ready.connect([] {}, aldis::from("one"));
#endif
}
