// expect: aldis: this signal would be moved into the receiver; connect the signal itself

#include <aldis/signal.hpp>

#include <utility>

void connect(aldis::signal<void(int)>& a, aldis::signal<void(int)>& b) {
  a.connect(b);
#ifdef MISUSE
  a.connect(std::move(b));
#endif
}
