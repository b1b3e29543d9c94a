// A guarded object
//
// `guarded<T>` disconnects its object's receivers and waits for running calls
// before the destructor of T begins. No base class, no shared_ptr.
//
// Output:
//     The meter counts 1.
//     The meter is taken down.
//     0 receivers ran.

#include <aldis/aldis.hpp>

#include <iostream>

struct meter {
  int count = 0;
  void tick() { std::cout << "The meter counts " << ++count << ".\n"; }
  ~meter() { std::cout << "The meter is taken down.\n"; }
};

int main() {
  //[show]
  aldis::signal<void()> pulse;
  {
    aldis::guarded<meter> cellar;
    pulse.connect<&meter::tick>(cellar);
    pulse.send();
  }
  std::cout << pulse.send() << " receivers ran.\n";
  //[/show]
}
