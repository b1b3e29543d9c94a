// Receivers at namespace scope
//
// What Blinker does with decorators: the receiver stands beside its connection,
// and is in place before main begins.
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
