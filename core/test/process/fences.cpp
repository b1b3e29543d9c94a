// The protocol after use_fences(), for every signal, also those that used the fast path before.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include "check.hpp"

int main() {
  aldis::signal<void(int)> before;
  before.connect([](int) {});
  before.send(1);

  aldis::use_fences();
  CHECK(!aldis::light_sends());

  aldis::signal<void(int)> after;
  for (auto* const signal : {&before, &after}) {
    stress::hammer senders(2, [&](int i) { signal->send(i); });
    CHECK(stress::churn(*signal, 10000) == 0);
  }
}
