// expect: aldis: from\(x\): x is not a sender of this signal; its first parameter has another type

#include <aldis/signal.hpp>

enum class colour { red };
enum class fruit { apple };

void connect(aldis::signal<void(colour)>& painted) {
  painted.connect([] {}, aldis::from(colour::red));
#ifdef MISUSE
  painted.connect([] {}, aldis::from(fruit::apple));
#endif
}
