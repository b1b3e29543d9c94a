// fork() in a send to a topic, while other threads search the patterns and change them: the child
// continues alone.

#include <aldis/aldis.hpp>

#include "../stress.hpp"
#include "check.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using topical = aldis::signal<void(std::string_view)>;

void churn(topical& signal, int thread) {
  std::vector<aldis::scoped_connection> living;
  for (int i = 0; i < 40; ++i) {
    living.emplace_back(
        signal.connect([] {}, aldis::matching("a." + std::to_string(thread * 100 + i) + ".>")));
  }
  signal.send("a.7.x");
}

void in_child(topical& signal) {
  int calls = 0;
  const auto c = signal.connect([&] { ++calls; }, aldis::matching("child.*"));
  CHECK(signal.send("child.x") == 1);
  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(signal.send("child.x") == 0);
  // Reads of the lost threads do not prevent freeing, and new threads may read.
  stress::hammer senders(2, [&](int) { signal.send("a.7.x"); });
  for (int i = 0; i < 20; ++i) churn(signal, i);
  CHECK(calls == 1);
}

}  // namespace

int main() {
  topical signal;
  int children = 0;
  signal.connect(
      [&] {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
          in_child(signal);
          std::_Exit(0);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        ++children;
      },
      aldis::matching("fork.*"));
  {
    stress::hammer churning(2, [&](int thread) { churn(signal, thread); });
    for (int i = 0; i < 20; ++i) signal.send("fork.now");
  }
  CHECK(children == 20);
}
