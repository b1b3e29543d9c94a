// expect: (unused-result|nodiscard)

#include <aldis/signal.hpp>

void block(const aldis::connection& c) {
  const auto kept = c.block();
#ifdef MISUSE
  c.block();
#endif
}
