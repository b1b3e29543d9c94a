// expect: aldis: several functions have this name: connect a lambda

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
  void on(double) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  ready.connect([&m](int n) { m.on(n); });
#ifdef MISUSE
  ready.connect(&meter::on, m);
#endif
}
