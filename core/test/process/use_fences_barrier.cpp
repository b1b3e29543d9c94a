// use_fences() makes sends fenced, then runs a barrier. A disconnect that finds sends fenced runs
// none itself, so it must not get between the two: it would miss a send that has stored its hazard
// pointer without a fence. Here the barrier is stopped, and another thread disconnects.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "seccomp.hpp"
#include "thread_state.hpp"

#include <atomic>
#include <thread>

#if defined(__linux__) && defined(__x86_64__)

#include <ucontext.h>

#include <csignal>

namespace {

std::atomic<pid_t> disconnecter{0};
std::atomic<bool> stopped{false}, disconnected{false};

// In place of membarrier, which then fails; the library has another barrier.
void on_membarrier(int, siginfo_t*, void* context) {
  stopped = true;
  CHECK(comes_true([] { return disconnected || asleep(disconnecter); }));
  CHECK(!disconnected);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RAX] = -EPERM;
}

}  // namespace

int main() {
  if (!aldis::light_sends()) return 77;
  aldis::signal<void()> signal;
  const auto connection = signal.connect([] {});
  signal.send();
  std::thread other([&] {
    signal.send();
    disconnecter = this_thread();
    while (!stopped) std::this_thread::yield();
    connection.disconnect();
    disconnected = true;
  });
  while (disconnecter == 0) std::this_thread::yield();

  struct sigaction action {};
  action.sa_sigaction = &on_membarrier;
  action.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGSYS, &action, nullptr) == 0);
  CHECK(filter_membarrier(SECCOMP_RET_TRAP, this_thread_only));
  aldis::use_fences();

  CHECK(stopped);
  other.join();
}

#else

int main() { return 77; }

#endif
