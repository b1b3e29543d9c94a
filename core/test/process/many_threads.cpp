// More threads than a mask has bits, all sending one signal while one thread disconnects.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include "check.hpp"

int main() {
  aldis::signal<void(int)> signal;
  signal.connect([](int) {});
  for (int wave = 0; wave < 3; ++wave) {
    stress::hammer senders(80, [&](int i) { signal.send(i); });
    CHECK(stress::churn(signal, 200) == 0);
  }
  CHECK(signal.size() == 1);
}
