// expect: aldis: has_receivers_for\(x\): x is not a sender of this signal

#include <aldis/signal.hpp>

bool ask(const aldis::signal<void(int)>& ready) {
  bool any = ready.has_receivers_for(1);
#ifdef MISUSE
  any = ready.has_receivers_for("one");
#endif
  return any;
}
