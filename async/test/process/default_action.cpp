// After its last receiver is gone, a signal has the system's default action again.

#include <aldis/async/os_signal.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <future>

int main() {
  const pid_t child = fork();
  if (child == 0) {
    std::promise<void> heard;
    auto c = aldis::os_signal(SIGTERM).connect([&] { heard.set_value(); });
    std::raise(SIGTERM);
    heard.get_future().wait();
    c.disconnect();
    std::raise(SIGTERM);
    _exit(0);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 1;
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM ? 0 : 2;
}
