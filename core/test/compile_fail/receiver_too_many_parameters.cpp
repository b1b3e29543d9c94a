// expect: aldis: this receiver cannot be called with the signal's arguments, nor with the first few
// of them

#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([](int, int = 0) {});
#ifdef MISUSE
  ready.connect([](int, int) {});
#endif
}
