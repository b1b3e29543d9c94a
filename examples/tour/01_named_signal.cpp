// A named signal
//
// Whoever asks for a name gets the same signal. Sender and receiver meet there,
// and need to know nothing else of each other.
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
