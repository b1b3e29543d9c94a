// Receivers at namespace scope
//
// As with Blinker's decorators, the receiver is next to its connection, and is
// connected before main begins.
//
// Output:
//     The king sees the elephant.
//     The king sees the lion.
//     Hide the goats!

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

//[show]
static auto& king = aldis::named<void(std::string_view)>("king");

static auto on_king = king.connect([](std::string_view visitor) {
  std::cout << "The king sees the " << visitor << ".\n";
});

static auto on_lion =
    king.connect([] { std::cout << "Hide the goats!\n"; }, aldis::from("lion"));

int main() {
  king.send("elephant");
  king.send("lion");
}
//[/show]
