// expect: (unused-result|nodiscard)

#include <aldis/signal.hpp>

struct meter {
  void on() {}
};

void connect(aldis::signal<void()>& tick, meter& m) {
  const auto kept = tick.connected_to<&meter::on>(m);
#ifdef MISUSE
  tick.connected_to(&meter::on, m);
#endif
}
