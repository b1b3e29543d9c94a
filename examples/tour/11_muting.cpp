// Muting
//
// Mute a signal, or block one connection, for the lifetime of an object. Nested
// mutes are counted: the last one to end unmutes the signal.
//
// Output:
//     practice: 0 heard it
//     rest: 0 heard it
//     The neighbour knocks.
//     concert: 1 heard it
//     The neighbour knocks.
//     The dog howls.
//     encore: 2 heard it

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

int main() {
  //[show]
  aldis::signal<void(std::string_view)> played;
  played.connect([] { std::cout << "The neighbour knocks.\n"; });
  auto dog = played.connect([] { std::cout << "The dog howls.\n"; });

  auto play = [&](std::string_view piece) {
    auto heard = played.send(piece);
    std::cout << piece << ": " << heard << " heard it\n";
  };

  {
    auto door = played.mute();
    {
      auto window = played.mute();
      play("practice");
    }
    play("rest");  // the door is still closed
  }
  {
    auto asleep = dog.block();
    play("concert");
  }
  play("encore");
  //[/show]
}
