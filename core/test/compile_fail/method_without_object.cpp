// expect: aldis: a member function needs its object

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  ready.connect(&meter::on, m);
#ifdef MISUSE
  ready.connect(&meter::on, aldis::from(1));
#endif
}
