// What the README shows
//
// One signal, two receivers, one of them for a single sender.
//
// Output:
//     The elephant calls on the king.
//     Open both doors!
//     2 receivers heard it.
//     The mouse calls on the king.

//[show]
#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

int main() {
  auto& king = aldis::named<void(std::string_view)>("king");

  king.connect([](std::string_view guest) {
    std::cout << "The " << guest << " calls on the king.\n";
  });
  king.connect([] { std::cout << "Open both doors!\n"; },
               aldis::from("elephant"));

  auto heard = king.send("elephant");
  std::cout << heard << " receivers heard it.\n";

  king.send("mouse");
}
//[/show]
