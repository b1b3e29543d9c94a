// expect: aldis: this receiver is a coroutine, which needs an executor to run on

#include <aldis/signal.hpp>

struct later {
  bool await_ready() const;
};

void connect(aldis::signal<void(int)>& ready) {
  ready.connect([](int) {});
#ifdef MISUSE
  ready.connect([](int) { return later(); });
#endif
}
