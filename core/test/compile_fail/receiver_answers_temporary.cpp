// expect: aldis: this receiver returns a temporary, and the signal's R only refers to it

#include <aldis/signal.hpp>

void connect(aldis::signal<const int&()>& asked) {
  static const int kept = 1;
  asked.connect([]() -> const int& { return kept; });
#ifdef MISUSE
  asked.connect([]() -> int { return 1; });
#endif
}
