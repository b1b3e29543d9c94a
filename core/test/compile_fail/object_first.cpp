// expect: aldis: the method comes first, then its object: connect\(&T::on, object\)

#include <aldis/signal.hpp>

// As in Qt.

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, meter& m) {
  ready.connect(&meter::on, &m);
#ifdef MISUSE
  ready.connect(&m, &meter::on);
#endif
}
