// expect: aldis: this receiver cannot be called with the signal's arguments, nor with the first few
// of them

// A by-value argument belongs to the receiver: a write through a reference would be lost.

#include <aldis/signal.hpp>

struct text {};

void connect(aldis::signal<void(text)>& ready) {
  ready.connect([](text&&) {});
  ready.connect([](const text&) {});
#ifdef MISUSE
  ready.connect([](text&) {});
#endif
}
