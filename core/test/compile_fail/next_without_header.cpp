// expect: aldis: next\(\) needs #include <aldis/async/stream.hpp>

#include <aldis/signal.hpp>

void wait(aldis::signal<void(int)>& ready) {
  ready.send(1);
#ifdef MISUSE
  static_cast<void>(ready.next());
#endif
}
