// expect: aldis: the receiver is missing: give a function, a lambda, or a method and its object
// expect: aldis: a value is no receiver: give a function, a lambda, or a method and its object
// expect: aldis: a value is no receiver: give a function, a lambda, or a method and its object
// expect: aldis: this object cannot be called, so its method must be named: connect\(&T::on, object
// expect: aldis: this object cannot be called, so its method must be named: connect\(&T::on, object
// expect: aldis: the receiver is missing before its options: connect\(receiver, aldis::from\(x\)\)
// expect: aldis: a connection is no receiver: .* c.disconnect\(\), c.connected\(\)

#include <aldis/signal.hpp>

struct meter {
  void on(int) {}
};

/// Dereferenceable, like std::unique_ptr and std::shared_ptr.
struct meter_pointer {
  meter_pointer(meter_pointer&&) = default;
  meter* operator->() const { return owned; }
  meter* owned;
};

void connect(aldis::signal<void(int)>& ready, meter& m, meter_pointer& p) {
  ready.connect(&meter::on, m, aldis::from(1));
  ready.connect(&meter::on, *p.owned);
#if MISUSE == 1
  ready.connect();
#elif MISUSE == 2
  ready.connect(nullptr);
#elif MISUSE == 3
  ready.connect(5);
#elif MISUSE == 4
  ready.connect(m);
#elif MISUSE == 5
  ready.connect(p);
#elif MISUSE == 6
  ready.connect(aldis::from(1));
#elif MISUSE == 7
  ready.disconnect(ready.connect(&meter::on, m));
#endif
}
