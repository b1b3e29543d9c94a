// expect: aldis: what follows the receiver, or the method and its object, must be options

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::priority(5));
#ifdef MISUSE
  ready.connect([] {}, 5);
#endif
}
