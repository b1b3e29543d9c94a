// expect: aldis: what follows the receiver, or the method and its object, must be options

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  ready.connect<&meter::on>(m, aldis::once);
#ifdef MISUSE
  ready.connect<&meter::on>(m, 1);
#endif
}
