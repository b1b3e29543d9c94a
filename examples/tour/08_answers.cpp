// Collecting answers
//
// A send returns the answers of its receivers, each with the receiver that gave
// it. `send_until` stops at the first answer that satisfies a predicate.
//
// Output:
//     Ada bids 40.
//     Ben bids 55.
//     Cleo bids 50.
//     Sold for 55.
//     The first to bid enough bids 55.

#include <aldis/aldis.hpp>

#include <algorithm>
#include <iostream>
#include <string_view>

int main() {
  //[show]
  aldis::signal<int(std::string_view)> offered;
  offered.connect([] { return 40; }, aldis::label("Ada"));
  offered.connect([] { return 55; }, aldis::label("Ben"));
  offered.connect([] { return 50; }, aldis::label("Cleo"));

  auto bids = offered.send("grandfather clock");
  for (const auto& [bidder, bid] : bids) {
    std::cout << bidder.info().label << " bids " << bid << ".\n";
  }
  std::cout << "Sold for " << std::ranges::max(bids.values()) << ".\n";

  auto enough = [](int bid) { return bid >= 50; };
  if (auto first = offered.send_until(enough, "garden gnome")) {
    std::cout << "The first to bid enough bids " << first->value << ".\n";
  }
  //[/show]
}
