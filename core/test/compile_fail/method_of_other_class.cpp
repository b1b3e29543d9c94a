// expect: aldis: connect\(&T::on, object\): the object is not of the method's class

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

struct other {};

void connect(aldis::signal<void(int)>& ready, meter& m, other& o) {
  ready.connect(&meter::on, m);
#ifdef MISUSE
  ready.connect(&meter::on, o);
#else
  static_cast<void>(o);
#endif
}
