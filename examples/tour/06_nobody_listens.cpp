// Not sending when nobody listens
//
// A send without receivers is cheap, but its arguments may not be. Check first:
// are there any receivers, or any for this sender?
//
// Output:
//     Drawing the map of Bergen ...
//     On the wall: rain over Bergen.

#include <aldis/aldis.hpp>

#include <iostream>
#include <string>
#include <string_view>

std::string draw_map(std::string_view town) {
  std::cout << "Drawing the map of " << town << " ...\n";
  return "rain over " + std::string(town);
}

void pin_up(std::string_view, const std::string& map) {
  std::cout << "On the wall: " << map << ".\n";
}

int main() {
  //[show]
  aldis::signal<void(std::string_view, const std::string&)> forecast;

  // There are no receivers: no map is drawn.
  if (forecast) forecast.send("Bergen", draw_map("Bergen"));

  forecast.connect(&pin_up, aldis::from("Bergen"));

  for (auto town : {"Oslo", "Bergen"}) {
    if (forecast.has_receivers_for(town)) forecast.send(town, draw_map(town));
  }
  //[/show]
}
