// expect: aldis: what this receiver returns does not convert to the signal's R

// The reference would refer to a temporary.

#include <aldis/signal.hpp>

void connect(aldis::signal<const int&()>& asked) {
  static const int kept = 1;
  asked.connect([]() -> const int& { return kept; });
#ifdef MISUSE
  asked.connect([]() -> int { return 1; });
#endif
}
