// A disconnect that tells the truth
//
// Disconnect a receiver while another thread is inside it. When `disconnect`
// has returned, the receiver is not running and never will, and its captures
// have been destroyed.
//
// Output:
//     keeper: lighting the lamp
//     main: disconnect!
//     keeper: disconnected, and still at the top of the stairs
//     keeper: down
//     (the logbook is destroyed)
//     main: the keeper is gone
//     main: 0 receivers ran

#include <aldis/aldis.hpp>

#include <atomic>
#include <iostream>
#include <latch>
#include <memory>
#include <thread>

struct logbook {
  ~logbook() { std::cout << "(the logbook is destroyed)\n"; }
};

int main() {
  //[show]
  aldis::signal<void()> nightfall;
  aldis::connection keeper;
  std::atomic<bool> at_work = false;
  std::latch inside{1};

  keeper = nightfall.connect([&, captured = std::make_unique<logbook>()] {
    at_work = true;
    std::cout << "keeper: lighting the lamp\n";
    inside.count_down();
    while (keeper.connected()) std::this_thread::yield();
    std::cout << "keeper: disconnected, and still at the top of the stairs\n";
    for (int step = 0; step < 1000; ++step) std::this_thread::yield();
    std::cout << "keeper: down\n";
    at_work = false;
  });
  std::thread lighthouse([&] { nightfall.send(); });

  inside.wait();
  std::cout << "main: disconnect!\n";
  keeper.disconnect();
  std::cout << "main: the keeper is " << (at_work ? "at work\n" : "gone\n");
  std::cout << "main: " << nightfall.send() << " receivers ran\n";

  lighthouse.join();
  //[/show]
}
