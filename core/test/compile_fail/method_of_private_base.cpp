// expect: aldis: the method's class is a private or ambiguous base of this object

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

struct hidden : private meter {
  void connect(aldis::signal<void(int)>& ready) {
    ready.connect([this](int n) { on(n); });
#ifdef MISUSE
    ready.connect(&meter::on, *this);
#endif
  }
};

void connect(aldis::signal<void(int)>& ready, hidden& h) { h.connect(ready); }
