// expect: aldis: this receiver cannot be called with the signal's arguments, nor with the first few
// of them

#include <aldis/signal.hpp>

struct text {};

void connect(aldis::signal<void(int, const text&)>& ready) {
  ready.connect([](int, const text&) {});
  ready.connect([](int) {});
#ifdef MISUSE
  ready.connect([](const text&) {});
#endif
}
