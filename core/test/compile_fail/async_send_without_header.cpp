// expect: aldis: async_send\(\) needs #include <aldis/async/async_send.hpp>

#include <aldis/signal.hpp>

void wait(aldis::signal<void(int)>& ready) {
  ready.send(1);
#ifdef MISUSE
  static_cast<void>(ready.async_send(1));
#endif
}
