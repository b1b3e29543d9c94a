// expect: aldis: std::ref\(signal\) would outlive the signal; connect the signal itself

#include <aldis/signal.hpp>

#include <functional>

void connect(aldis::signal<void(int)>& a, aldis::signal<void(int)>& b) {
  a.connect(b);
#ifdef MISUSE
  a.connect(std::ref(b));
#endif
}
