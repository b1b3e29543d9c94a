// A sandbox starts to refuse membarrier while sends use the fast path: the next disconnect detects
// it.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include "check.hpp"
#include "seccomp.hpp"

int main() {
  aldis::signal<void(int)> signal;
  signal.connect([](int) {});
  signal.send(0);
  {
    stress::hammer senders(2, [&](int i) { signal.send(i); });
    CHECK(stress::churn(signal, 1000) == 0);
    // Long enough for the signal to return to the fast path, if it can.
    senders.wait_for(5000);

    CHECK(refuse_membarrier());
    CHECK(stress::churn(signal, 10000) == 0);
    CHECK(!aldis::light_sends());
  }
}
