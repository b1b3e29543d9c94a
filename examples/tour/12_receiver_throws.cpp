// A receiver that throws
//
// `send` propagates the first exception, and the signal stays usable.
// `send_robust` calls every receiver, and returns the outcome of each.
//
// Output:
//     The ink is dry.
//     The clerk writes it down.
//     stamp: failed
//     clerk: done

#include <aldis/aldis.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>

//[show]
void stamp() { throw std::runtime_error("The ink is dry."); }
void write_down() { std::cout << "The clerk writes it down.\n"; }
//[/show]

int main() {
  //[show]
  aldis::signal<void(std::string_view)> letter_came;
  letter_came.connect(&stamp, aldis::label("stamp"));
  letter_came.connect(&write_down, aldis::label("clerk"));

  try {
    letter_came.send("aunt Emma");  // the clerk is not called
  } catch (const std::exception& error) {
    std::cout << error.what() << "\n";
  }

  for (const auto& outcome : letter_came.send_robust("aunt Emma")) {
    auto who = outcome.receiver.info().label;
    std::cout << who << (outcome.ok() ? ": done\n" : ": failed\n");
  }
  //[/show]
}
