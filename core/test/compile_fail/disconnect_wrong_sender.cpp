// expect: aldis: from\(x\): x is not a sender of this signal; its first parameter has another type

#include <aldis/signal.hpp>

void receiver(int) {}

void disconnect(aldis::signal<void(int)>& ready) {
  ready.disconnect(receiver, aldis::from(1));
#ifdef MISUSE
  ready.disconnect(receiver, aldis::from("one"));
#endif
}
