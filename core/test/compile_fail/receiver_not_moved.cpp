// expect: aldis: this receiver cannot be copied; move it

#include <aldis/signal.hpp>

#include <utility>

struct move_only {
  move_only() = default;
  move_only(move_only&&) = default;
  void operator()(int) const {}
};

void connect(aldis::signal<void(int)>& ready) {
  move_only receiver;
#ifdef MISUSE
  ready.connect(receiver);
#else
  ready.connect(std::move(receiver));
#endif
}
