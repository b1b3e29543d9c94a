// expect: aldis: several functions have this name: connect a lambda
// expect: aldis: several functions have this name: connect a lambda

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
  void on(double) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  ready.connect([&m](int n) { m.on(n); });
  ready.connect<static_cast<void (meter::*)(int)>(&meter::on)>(m);
#if MISUSE == 1
  ready.connect(&meter::on, m);
#elif MISUSE == 2
  ready.connect<&meter::on>(m);
#endif
}
