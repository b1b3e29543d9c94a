// expect: aldis: this object is a temporary, gone before anything is sent

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  ready.connect(&meter::on, m);
#ifdef MISUSE
  ready.connect(&meter::on, meter());
#endif
}
