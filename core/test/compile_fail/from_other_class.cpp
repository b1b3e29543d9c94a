// expect: aldis: from\(x\): x is not a sender of this signal; its first parameter has another type

#include <aldis/signal.hpp>

struct shop {};
struct bank {};

void connect(aldis::signal<void(const shop&)>& sold, shop& s, bank& b) {
  sold.connect([] {}, aldis::from(s));
#ifdef MISUSE
  sold.connect([] {}, aldis::not_from(b));
#else
  static_cast<void>(b);
#endif
}
