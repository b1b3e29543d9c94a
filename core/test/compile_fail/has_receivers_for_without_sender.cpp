// expect: aldis: this signal has no sender to ask for

#include <aldis/signal.hpp>

bool ask(const aldis::signal<void()>& tick) {
  bool any = tick.has_receivers();
#ifdef MISUSE
  any = tick.has_receivers_for(1);
#endif
  return any;
}
