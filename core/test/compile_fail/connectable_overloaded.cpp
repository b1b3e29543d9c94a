// expect: aldis: several functions have this name: connect a lambda

#include <aldis/connectable.hpp>

struct meter {
  void on(int) {}
  void on(double) {}
};

void connect(aldis::connectable<void(int)> ready, meter& m) {
  const auto kept = ready.connected_to([&](int n) { m.on(n); });
#ifdef MISUSE
  const auto more = ready.connected_to(&meter::on, m);
#endif
}
