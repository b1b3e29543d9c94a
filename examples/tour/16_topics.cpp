// Topics
//
// The first argument is text: tokens separated by dots. A receiver subscribes
// by a pattern: `*` matches one token, `>` at the end one or more.
//
// Output:
//     orders.eu.created
//         warehouse: pack it
//         europe: count it
//         log: write it down
//     orders.eu.paid
//         europe: count it
//         log: write it down
//     returns.us
//         log: write it down
//     "orders..paid" is no pattern of topics: character 8: a token is empty

#include <aldis/aldis.hpp>

#include <iostream>
#include <string_view>

int main() {
  //[show]
  aldis::signal<void(std::string_view)> happened;

  auto says = [](std::string_view text) {
    return [text] { std::cout << "    " << text << "\n"; };
  };
  happened.connect(says("log: write it down"), aldis::priority(-1));
  happened.connect(says("warehouse: pack it"),
                   aldis::matching("orders.*.created"));
  happened.connect(says("europe: count it"), aldis::matching("*.eu.>"));

  for (auto topic : {"orders.eu.created", "orders.eu.paid", "returns.us"}) {
    std::cout << topic << "\n";
    happened.send(topic);
  }

  try {
    happened.connect([] {}, aldis::matching("orders..paid"));
  } catch (const aldis::bad_topic& error) {
    const std::string_view what = error.what();
    std::cout << what.substr(7, what.find(';') - 7) << "\n";
  }
  //[/show]
}
