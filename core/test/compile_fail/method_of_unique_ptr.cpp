// expect: aldis: this pointer cannot tell when its object dies: connect the object itself

#include <aldis/signal.hpp>

#include <memory>

struct meter {
  void on(int) {}
};

void connect(aldis::signal<void(int)>& ready, const std::unique_ptr<meter>& owned,
             const std::shared_ptr<meter>& shared) {
  ready.connect(&meter::on, *owned);
  ready.connect(&meter::on, shared);
#ifdef MISUSE
  ready.connect(&meter::on, owned);
#endif
}
