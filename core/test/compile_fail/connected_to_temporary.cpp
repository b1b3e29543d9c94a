// expect: aldis: this object is a temporary, gone before anything is sent

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  const aldis::scoped_connection kept = ready.connected_to(&meter::on, m);
#ifdef MISUSE
  const aldis::scoped_connection lost = ready.connected_to(&meter::on, meter());
#endif
}
