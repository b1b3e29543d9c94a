// expect: aldis: stream\(\) needs #include <aldis/async/stream.hpp>

#include <aldis/signal.hpp>

void wait(aldis::signal<void(int)>& ready) {
  ready.send(1);
#ifdef MISUSE
  static_cast<void>(ready.stream(16));
#endif
}
