// exit() while another thread is parked inside a receiver for ever: static destructors do not wait.
// A hang is found by the test's time limit.

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
  // Made after the thread's first send of the signal, so destroyed before anything an earlier
  // atexit handler could have set.
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
