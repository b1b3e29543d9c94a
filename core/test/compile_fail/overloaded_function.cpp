// expect: aldis: several functions have this name: connect a lambda

#include <aldis/signal.hpp>

void heard(int) {}
void heard(const char*) {}

void connect(aldis::signal<void(int)>& ready) {
  ready.connect(static_cast<void (*)(int)>(heard));
#ifdef MISUSE
  ready.connect(heard);
#endif
}
