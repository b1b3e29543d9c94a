// Asking whether one receiver is subscribed
//
// Functions, and an object with its method, can be compared. So they can be
// found and disconnected by value.
//
// Output:
//     The cook listens.
//     The till does not.
//     The upstairs kitchen listens.
//     The garden kitchen does not.
//     The cook, sent home, does not.

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

void cook(std::string_view) {}
void till(std::string_view) {}

struct kitchen {
  void prepare(std::string_view) {}
};

void tell(std::string_view who, bool listens) {
  std::cout << "The " << who << (listens ? " listens.\n" : " does not.\n");
}

int main() {
  //[show]
  aldis::signal<void(std::string_view)> ordered;
  kitchen upstairs, garden;

  ordered.connect(&cook);
  ordered.connect<&kitchen::prepare>(upstairs);

  tell("cook", ordered.is_connected(&cook));
  tell("till", ordered.is_connected(&till));
  tell("upstairs kitchen", ordered.is_connected<&kitchen::prepare>(upstairs));
  tell("garden kitchen", ordered.is_connected<&kitchen::prepare>(garden));

  ordered.disconnect(&cook);
  tell("cook, sent home,", ordered.is_connected(&cook));
  //[/show]
}
