// expect: no matching (member )?function

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([] {}, aldis::priority(5));
#ifdef MISUSE
  ready.connect([] {}, 5);
#endif
}
