// expect: no matching (member )?function

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
