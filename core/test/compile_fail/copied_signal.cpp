// expect: (deleted|implicitly-deleted)

#include <aldis/signal.hpp>

#include <utility>

void move(aldis::signal<void()>& tick) {
#ifdef MISUSE
  aldis::signal<void()> other = tick;
#else
  aldis::signal<void()> other = std::move(tick);
#endif
}
