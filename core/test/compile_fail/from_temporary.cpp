// expect: aldis: from\(x\): x is a temporary, which no send can name

#include <aldis/signal.hpp>

struct shop {};

void connect(aldis::signal<void(const shop&)>& sold, const shop& s) {
  sold.connect([] {}, aldis::from(s));
#ifdef MISUSE
  sold.connect([] {}, aldis::from(shop()));
#endif
}
