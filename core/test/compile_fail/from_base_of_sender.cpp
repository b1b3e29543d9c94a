// expect: aldis: from\(x\): x is only a base of this signal's sender; give the sender itself

#include <aldis/signal.hpp>

struct shop {
  virtual ~shop() = default;
};
struct bakery : shop {};

void connect(aldis::signal<void(const bakery&)>& sold, bakery& b, shop& s) {
  sold.connect([] {}, aldis::from(b));
#ifdef MISUSE
  sold.connect([] {}, aldis::from(s));
#else
  static_cast<void>(s);
#endif
}
