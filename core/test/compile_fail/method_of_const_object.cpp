// expect: aldis: this object is const and its method is not

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m, const meter& constant) {
  ready.connect<&meter::on>(m);
#ifdef MISUSE
  ready.connect<&meter::on>(constant);
#else
  static_cast<void>(constant);
#endif
}
