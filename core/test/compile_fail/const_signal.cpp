// expect: aldis: connect\(signal\) needs a signal that is not const
// expect: aldis: this signal is const here: connect and disconnect need one that is not, or an
// expect: aldis: this signal is const here: connect and disconnect need one that is not, or an

#include <aldis/connectable.hpp>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& a, const aldis::signal<void(int)>& b, meter& m) {
  a.connect([&b](int n) { b.send(n); });
  const aldis::connectable<void(int)> of_a(a);
  of_a.connect<&meter::on>(m);
#if MISUSE == 1
  a.connect(b);
#elif MISUSE == 2
  b.connect([] {}, aldis::once);
#elif MISUSE == 3
  b.connect<&meter::on>(m);
#endif
}
