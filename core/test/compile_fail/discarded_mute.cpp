// expect: (unused-result|nodiscard)

#include <aldis/signal.hpp>

void mute(aldis::signal<void()>& tick) {
  const auto kept = tick.mute();
#ifdef MISUSE
  tick.mute();
#endif
}
