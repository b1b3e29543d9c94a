// expect: aldis: matching\(\) needs a signal whose first parameter is text, the topic

#include <aldis/signal.hpp>

#include <string_view>

void connect(aldis::signal<void(std::string_view, int)>& text, aldis::signal<void(int)>& number) {
  text.connect([] {}, aldis::matching("a.>"));
#ifdef MISUSE
  number.connect([] {}, aldis::matching("a.>"));
#else
  number.connect([] {});
#endif
}
