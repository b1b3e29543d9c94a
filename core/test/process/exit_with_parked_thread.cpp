// exit() while another thread is inside a receiver forever: static destructors do not wait. The
// test's time limit detects a hang.

#include <aldis/aldis.hpp>

#include <cstdlib>
#include <latch>
#include <thread>

namespace {

aldis::signal<void()> work;

struct service {
  aldis::scoped_connection connection;
};

service& instance() {
  // Constructed after the thread's first send of the signal, so destroyed before an earlier atexit
  // handler could run.
  static service one;
  return one;
}

}  // namespace

int main() {
  static std::latch inside(1);
  static std::latch never(1);
  work.connect([] {});
  std::thread([] {
    work.send();
    work.connect([] {});
    instance().connection = work.connect([] {
      inside.count_down();
      never.wait();
    });
    work.send();
  }).detach();
  inside.wait();
  std::exit(0);
}
