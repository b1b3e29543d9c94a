// expect: aldis: this object is a temporary, gone before anything is sent

#include <aldis/connectable.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::connectable<void(int)> ready, meter& m) {
  ready.connect(&meter::on, m);
#ifdef MISUSE
  ready.connect(&meter::on, meter());
#endif
}
