// expect: aldis: this receiver returns a temporary, and the signal's R only refers to it

#include <aldis/signal.hpp>

#include <string>
#include <string_view>

void connect(aldis::signal<std::string_view()>& title, const std::string& kept) {
  title.connect([&kept] { return std::string_view(kept); });
  title.connect([&kept]() -> const std::string& { return kept; });
  title.connect([] { return "a literal"; });
#ifdef MISUSE
  title.connect([&kept] { return kept + '!'; });
#endif
}
