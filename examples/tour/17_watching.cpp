// Watching what happens
//
// An observer of a registry is called for every send of every signal whose name
// matches, including signals created later and sends without receivers.
//
// Output:
//     The bell rings.
//     [house.bell: 1 receiver]
//     [house.door: 0 receivers]
//     The cat is out.
//     [house.cat: 1 receiver, and it threw]
//     The bell rings.

#include <aldis/aldis.hpp>

#include <iostream>
#include <stdexcept>

int main() {
  //[show]
  aldis::registry signals;
  auto& bell = signals.named<void()>("house.bell");
  bell.connect([] { std::cout << "The bell rings.\n"; });

  {
    auto watching = signals.watch("house.*", [](const aldis::send_report& r) {
      std::cout << "[" << r.signal << ": " << r.receivers
                << (r.receivers == 1 ? " receiver" : " receivers")
                << (r.threw ? ", and it threw" : "") << "]\n";
    });
    bell.send();
    signals.named<void()>("house.door").send();

    auto& cat = signals.named<void()>("house.cat");
    cat.connect([] {
      std::cout << "The cat is out.\n";
      throw std::runtime_error("scratched");
    });
    cat.send_robust();
  }
  bell.send();  // no longer observed
  //[/show]
}
