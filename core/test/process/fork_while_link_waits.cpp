// fork() while another thread waits for the calls of a subscription: the child has no such wait.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "thread_state.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <thread>

namespace {

struct glass_signal : aldis::signal<void(int)> {
  bool has_pending_work() const {
    return (state_.load()->slow_path_reasons.load() & aldis::detail::slow_path_deferred) != 0;
  }
};

struct target {
  std::latch inside{1}, go{1};
  std::atomic<int> calls{0};

  void hear(int) {
    if (++calls != 1) return;
    inside.count_down();
    go.wait();
  }
};

}  // namespace

int main() {
  glass_signal signal;
  target object;
  signal.connect<&target::hear>(object, aldis::from(1));
  signal.connect<&target::hear>(object, aldis::from(2));
  std::thread sender([&] { signal.send(1); });
  object.inside.wait();
  std::atomic<pid_t> id{0};
  std::thread waiting([&] {
    id = this_thread();
    CHECK(signal.disconnect<&target::hear>(object, aldis::from(1)) ==
          aldis::disconnect_result::disconnected);
    CHECK(object.go.try_wait());
  });
  CHECK(comes_true([&] { return signal.has_pending_work() && asleep(id); }));

  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    CHECK(!signal.has_pending_work());
    signal.send(1);
    CHECK(object.calls == 1);
    signal.send(2);
    CHECK(object.calls == 2);
    CHECK(signal.disconnect<&target::hear>(object, aldis::from(2)) ==
          aldis::disconnect_result::disconnected);
    std::_Exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(signal.has_pending_work());

  object.go.count_down();
  sender.join();
  waiting.join();
  CHECK(!signal.has_pending_work());
}
