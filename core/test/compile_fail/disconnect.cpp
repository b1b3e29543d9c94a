// expect: aldis: what follows the receiver.* in disconnect\(\) says which subscription: aldis::from
// expect: aldis: this object is const and its method is not
// expect: aldis: several functions have this name
// expect: aldis: is_connected\(\) takes a receiver alone, or a method and its object
// expect: aldis: the method comes first, then its object

#include <aldis/signal.hpp>

void receiver(int) {}

struct meter {
  void on(int) {}
  void both(int) {}
  void both(double) {}
};

bool disconnect(aldis::signal<void(int)>& ready, meter& m, const meter& constant) {
  ready.disconnect(receiver, aldis::from(1));
  ready.disconnect(&meter::on, m, aldis::from(1));
  ready.disconnect<&meter::on>(m, aldis::from(1));
  static_cast<void>(constant);
#if MISUSE == 1
  ready.disconnect(receiver, aldis::once);
#elif MISUSE == 2
  ready.disconnect<&meter::on>(constant);
#elif MISUSE == 3
  ready.disconnect(&meter::both, m);
#elif MISUSE == 4
  return ready.is_connected(receiver, aldis::from(1));
#elif MISUSE == 5
  return ready.is_connected(m, &meter::on);
#endif
  return ready.is_connected(receiver) || ready.is_connected<&meter::on>(m);
}
