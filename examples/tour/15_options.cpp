// When, how often, in which order
//
// Options follow the receiver, in any order and any number.
//
// Output:
//     lion: the bell rings, once
//     lion: the gate closes
//     lion: the cat looks up
//     mouse: the cat looks up
//     lion: the gate closes
//     lion: the cat looks up

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

int main() {
  //[show]
  aldis::signal<void(std::string_view, int)> seen;  // what, and how heavy

  auto says = [](std::string_view text) {
    return [text](std::string_view animal) {
      std::cout << animal << ": " << text << "\n";
    };
  };
  auto heavy = [](std::string_view, int kilos) { return kilos > 100; };

  seen.connect(says("the cat looks up"));
  seen.connect(says("the gate closes"), aldis::when(heavy), aldis::priority(1));
  seen.connect(says("the bell rings, once"), aldis::once, aldis::priority(2));

  seen.send("lion", 190);
  seen.send("mouse", 0);
  seen.send("lion", 190);
  //[/show]
}
