// expect: aldis: what this receiver returns does not convert to the signal's R

#include <aldis/signal.hpp>

void connect(aldis::signal<int(int)>& asked) {
  asked.connect([] { return 1; });
#ifdef MISUSE
  asked.connect([](int) {});
#endif
}
