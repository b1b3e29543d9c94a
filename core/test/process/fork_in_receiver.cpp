// fork() inside a receiver, while other threads are inside receivers, connect and disconnect: the
// child continues alone.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include "check.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <thread>

namespace {

struct shared {
  aldis::signal<void(int)> busy;
  aldis::signal<void()> parked;
  aldis::signal<void()> forks;
};

void in_child(shared& s, const aldis::connection& parked) {
  // No other thread is inside: they do not exist in the child.
  CHECK(parked.disconnect() == aldis::disconnect_result::disconnected);
  int calls = 0;
  const auto connection = s.busy.connect([&](int) { ++calls; });
  s.busy.send(1);
  CHECK(calls == 1);
  CHECK(connection.disconnect() == aldis::disconnect_result::disconnected);
  s.busy.send(2);
  CHECK(calls == 1);
  // New threads of the child.
  stress::hammer senders(1, [&](int i) { s.busy.send(i); });
  CHECK(stress::churn(s.busy, 200) == 0);
}

}  // namespace

int main() {
  shared s;
  std::latch inside(1), go(1);
  const auto parked = s.parked.connect([&] {
    inside.count_down();
    go.wait();
  });
  std::thread sleeper([&] { s.parked.send(); });
  inside.wait();

  int children = 0;
  s.forks.connect([&] {
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      in_child(s, parked);
      std::_Exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ++children;
  });
  {
    stress::hammer churning(2, [&](int) { stress::churn(s.busy, 1); });
    for (int i = 0; i < 20; ++i) s.forks.send();
  }
  CHECK(children == 20);
  go.count_down();
  sleeper.join();
  CHECK(parked.disconnect() == aldis::disconnect_result::disconnected);
}
