// An anonymous signal
//
// A signal without a name is an ordinary object: a member or a local variable.
// The first argument is the sender.
//
// Output:
//     Oven 2: the rye bread is ready.

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

//[show]
struct oven {
  int number;
  aldis::signal<void(const oven&, std::string_view)> ready{};

  void bake(std::string_view bread) { ready.send(*this, bread); }
};
//[/show]

int main() {
  //[show]
  oven first{1}, second{2};
  second.ready.connect([](const oven& from, std::string_view bread) {
    std::cout << "Oven " << from.number << ": the " << bread << " is ready.\n";
  });

  first.bake("white bread");  // no receiver chose it
  second.bake("rye bread");
  //[/show]
}
