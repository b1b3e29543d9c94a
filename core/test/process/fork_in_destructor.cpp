// fork() in the destructor of a receiver: the child continues to destroy it, and has the state of a
// thread that does.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>

namespace {

struct glass_signal : aldis::signal<void()> {
  std::uint32_t entries() const { return state_.load()->unfiltered.load()->count.load(); }
};

glass_signal ringing;
aldis::connection dying;
bool in_child = false;

void wait_for(pid_t child) {
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

struct forks_at_end {
  bool whole = true;

  forks_at_end() = default;
  forks_at_end(forks_at_end&& other) noexcept : whole(std::exchange(other.whole, false)) {}
  ~forks_at_end() {
    if (!whole) return;
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child != 0) {
      wait_for(child);
      return;
    }
    in_child = true;
    // Another thread sees this one inside the receiver.
    std::thread([] {
      CHECK(dying.disconnect_for(std::chrono::milliseconds(1)) ==
            aldis::disconnect_result::timed_out);
    }).join();
  }
  void operator()() const {}
};

}  // namespace

int main() {
  dying = ringing.connect(forks_at_end());
  ringing.send();
  std::thread([] { ringing.send(); }).join();
  CHECK(dying.disconnect() == aldis::disconnect_result::disconnected);
  if (!in_child) return 0;

  // No thread is destroying or sending any more: a disconnected receiver leaves the list at once.
  for (int i = 0; i < 4; ++i) {
    const auto connection = ringing.connect([] {});
    CHECK(connection.disconnect() == aldis::disconnect_result::disconnected);
    CHECK(ringing.entries() == 0);
  }
  int calls = 0;
  ringing.connect([&] { ++calls; });
  ringing.send();
  CHECK(calls == 1);
}
