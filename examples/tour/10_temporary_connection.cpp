// A temporary connection
//
// A connection for the duration of a scope, or until it is replaced. A receiver
// that was connected before stays connected as before.
//
// Output:
//     Guard: the lion!
//     Guard: the elephant!
//     Day watch: welcome.
//     Night watch: halt!

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

//[show]
void guard(std::string_view visitor) {
  std::cout << "Guard: the " << visitor << "!\n";
}
//[/show]

int main() {
  //[show]
  aldis::signal<void(std::string_view)> arrived;
  arrived.connect(&guard, aldis::from("elephant"));
  {
    auto market_day = arrived.connected_to(&guard);  // every sender
    arrived.send("lion");
  }
  arrived.send("lion");  // the guard receives only the elephant, as before
  arrived.send("elephant");

  aldis::scoped_connection watch;
  watch = arrived.connect([] { std::cout << "Day watch: welcome.\n"; });
  arrived.send("mouse");
  watch = arrived.connect([] { std::cout << "Night watch: halt!\n"; });
  arrived.send("mouse");  // the day watch went home
  //[/show]
}
