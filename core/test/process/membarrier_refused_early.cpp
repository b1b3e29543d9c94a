// A sandbox that never allowed membarrier: sends are fenced from the start.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include "check.hpp"
#include "seccomp.hpp"
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc == 1) {
    CHECK(refuse_membarrier());
    char again[] = "again";
    char* const arguments[] = {argv[0], again, nullptr};
    execv("/proc/self/exe", arguments);
    std::perror("execv");
    return 1;
  }
  CHECK(!aldis::light_sends());
  aldis::signal<void(int)> signal;
  stress::hammer senders(2, [&](int i) { signal.send(i); });
  CHECK(stress::churn(signal, 10000) == 0);
}
