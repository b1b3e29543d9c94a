// expect: aldis: a sender passed by value has no identity; specialise aldis::sender_key or pass it
// by reference

#include <aldis/signal.hpp>

struct shop {};

void connect(aldis::signal<void(shop)>& by_value, aldis::signal<void(shop&)>& ready, shop& s) {
  ready.connect([] {}, aldis::from(s));
#ifdef MISUSE
  by_value.connect([] {}, aldis::from(s));
#else
  by_value.connect([] {});
#endif
}
