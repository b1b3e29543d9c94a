// expect: aldis: a data member cannot be called: connect a lambda that reads or sets it

#include <aldis/signal.hpp>

struct door {
  int opened = 0;
};

void connect(aldis::signal<void(door&)>& told) {
  told.connect([](door& d) { ++d.opened; });
#ifdef MISUSE
  told.connect(&door::opened);
#endif
}
