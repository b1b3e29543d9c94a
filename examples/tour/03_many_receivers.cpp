// Many receivers, one send
//
// Functions, members and lambdas are called in the order they connected. Each
// takes all arguments or the first few.
//
// Output:
//     Invoice for Ada: 3 cups.
//     9 cups left on the shelf.
//     Ding!
//     3 receivers ran.

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

//[show]
void invoice(std::string_view customer, int cups) {
  std::cout << "Invoice for " << customer << ": " << cups << " cups.\n";
}

struct shelf {
  int cups = 12;
  void take(std::string_view, int sold) {
    cups -= sold;
    std::cout << cups << " cups left on the shelf.\n";
  }
};
//[/show]

int main() {
  //[show]
  aldis::signal<void(std::string_view, int)> ordered;
  shelf cupboard;

  ordered.connect(&invoice);
  ordered.connect<&shelf::take>(cupboard);
  ordered.connect([] { std::cout << "Ding!\n"; });

  auto ran = ordered.send("Ada", 3);
  std::cout << ran << " receivers ran.\n";
  //[/show]
}
