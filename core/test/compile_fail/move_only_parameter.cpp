// expect: aldis: a move-only parameter could be given to one receiver only; use T& or const T&

#include <aldis/signal.hpp>

struct move_only {
  move_only(move_only&&) = default;
};

aldis::signal<void(int, move_only&)> fine;
aldis::signal<void(const move_only&)> fine_too;
#ifdef MISUSE
aldis::signal<void(int, move_only)> misused;
#endif
