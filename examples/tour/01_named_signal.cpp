// A named signal
//
// Every request for a name returns the same signal. Sender and receiver need to
// know only the name and the signature.
//
// Output:
//     Make way! The elephant brings the king.

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

//[show]
void open_palace() {
  auto& king = aldis::named<void(std::string_view)>("king");
  king.connect([](std::string_view herald) {
    std::cout << "Make way! The " << herald << " brings the king.\n";
  });
}

void arrive() {
  auto& king = aldis::named<void(std::string_view)>("king");
  king.send("elephant");
}
//[/show]

int main() {
  open_palace();
  arrive();
}
