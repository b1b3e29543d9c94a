// expect: (unused-result|nodiscard)

#include <aldis/signal.hpp>

void connect(aldis::signal<void()>& tick) {
  const auto kept = tick.connected_to([] {});
#ifdef MISUSE
  tick.connected_to([] {});
#endif
}
