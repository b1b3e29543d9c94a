// Listening to one sender only
//
// `from` chooses the sender: text and numbers by value, objects by identity. A
// function that chooses two senders is still one receiver.
//
// Output:
//     Keeper: that was Tara.
//     Visitor: what was that?
//     Keeper: that was Moti.
//     Visitor: what was that?
//     Visitor: what was that?

#include <aldis/aldis.hpp>

#include <iostream>
#include <string>

struct elephant {
  std::string name;
};

//[show]
void keeper(const elephant& from) {
  std::cout << "Keeper: that was " << from.name << ".\n";
}
//[/show]

int main() {
  //[show]
  aldis::signal<void(const elephant&)> trumpeted;
  elephant tara{"Tara"}, moti{"Moti"}, stranger{"Tara"};

  trumpeted.connect(&keeper, aldis::from(tara));
  trumpeted.connect(&keeper, aldis::from(moti));
  trumpeted.connect([] { std::cout << "Visitor: what was that?\n"; });

  trumpeted.send(tara);
  trumpeted.send(moti);
  trumpeted.send(stranger);  // same name, another elephant
  //[/show]
}
