// expect: no matching function

#include <aldis/signal.hpp>

#include <memory>

void connect(aldis::signal<void(int)>& ready, const std::shared_ptr<int>& owner) {
  ready.connect([] {}, aldis::tracking(owner));
#ifdef MISUSE
  ready.connect([] {}, aldis::tracking(*owner));
#endif
}
