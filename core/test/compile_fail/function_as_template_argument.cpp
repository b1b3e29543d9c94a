// expect: aldis: connect<&T::on>\(object\) is for member functions: write connect\(f\)

#include <aldis/signal.hpp>

void heard(int) {}

void connect(aldis::signal<void(int)>& ready) {
  ready.connect(heard);
#ifdef MISUSE
  ready.connect<&heard>();
#endif
}
