// Weak receivers
//
// A method connected with a shared_ptr is held weakly: it is disconnected when
// the object is destroyed. `tracking` does the same for any callable.
//
// Output:
//     Ada: coming!
//     The kettle for Ada is on.
//     2 receivers ran.
//     Ada has moved out.
//     0 receivers ran.

#include <aldis/aldis.hpp>

#include <iostream>
#include <memory>
#include <string_view>

struct lodger {
  void answer() { std::cout << "Ada: coming!\n"; }
};

int main() {
  //[show]
  aldis::signal<void(std::string_view)> bell;
  auto ada = std::make_shared<lodger>();

  bell.connect<&lodger::answer>(ada);
  bell.connect([] { std::cout << "The kettle for Ada is on.\n"; },
               aldis::tracking(ada));
  std::cout << bell.send("front door") << " receivers ran.\n";

  ada.reset();
  std::cout << "Ada has moved out.\n";
  std::cout << bell.send("front door") << " receivers ran.\n";
  //[/show]
}
