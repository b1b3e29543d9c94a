// Parent and child receive only their own signals. A signal to the child ends it, unless the child
// connects a receiver.

#include <aldis/async/os_signal.hpp>

#include "sanitizers.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>

namespace {

/// Runs `work` in a child, sends it SIGTERM, and returns how it ended.
template <class Work>
int ends(Work work) {
  int ready[2];
  if (pipe(ready) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) {
    work(ready[1]);
    _exit(1);
  }
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) return -1;
  kill(child, SIGTERM);
  int status = 0;
  return waitpid(child, &status, 0) == child ? status : -1;
}

void wait_for_ever(int ready) {
  if (write(ready, "!", 1) != 1) _exit(2);
  for (;;) pause();
}

[[maybe_unused]] void listen_again(int ready) {
  std::promise<void> heard;
  const auto c = aldis::os_signal(SIGTERM).connect([&] { heard.set_value(); });
  if (write(ready, "!", 1) != 1) _exit(2);
  heard.get_future().wait();
  _exit(42);
}

bool killed(int status) { return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM; }
[[maybe_unused]] bool exited(int status) { return WIFEXITED(status) && WEXITSTATUS(status) == 42; }

}  // namespace

int main() {
  alarm(60);
  std::atomic<int> heard{0};
  std::promise<void> own;
  const auto c = aldis::os_signal(SIGTERM).connect([&] { ++heard; });

  if (!killed(ends(wait_for_ever))) return 2;
    // ThreadSanitizer never calls handlers of signals in the child of a process with threads.
#ifndef ALDIS_SANITIZES_THREADS
  if (!exited(ends(listen_again))) return 3;
#endif

  // Fork in a receiver, on the library's thread.
  std::promise<int> from_inside;
  aldis::os_signal(SIGUSR1).connect([&] { from_inside.set_value(ends(wait_for_ever)); });
  kill(getpid(), SIGUSR1);
  if (!killed(from_inside.get_future().get())) return 4;

  // Fork while a receiver runs that waits for the fork.
  std::promise<void> entered;
  std::promise<void> leave;
  aldis::os_signal(SIGUSR2).connect([&] {
    entered.set_value();
    leave.get_future().wait();
  });
  kill(getpid(), SIGUSR2);
  entered.get_future().wait();
  if (!killed(ends(wait_for_ever))) return 5;
  leave.set_value();

  // The parent receives only its own signals. The system may merge some of them.
  if (heard != 0) return 6;
  const auto last = aldis::os_signal(SIGTERM).connect([&] { own.set_value(); });
  kill(getpid(), SIGTERM);
  own.get_future().wait();
  return heard == 1 ? 0 : 7;
}
