// expect: aldis: on\(executor\) needs #include <aldis/async/on.hpp>

#include <aldis/signal.hpp>

struct executor {};

void connect(aldis::signal<void(int)>& ready, executor& pool) {
  ready.connect([] {});
#ifdef MISUSE
  ready.connect([] {}, aldis::on(pool));
#else
  static_cast<void>(pool);
#endif
}
