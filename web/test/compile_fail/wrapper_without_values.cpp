// expect: aldis: a wrapper takes the parameters of its handler

#include <aldis/web/wraps.hpp>

#include <string>

std::string show(int id) { return std::to_string(id); }

void wrap() {
  aldis::web::wraps(show, [](auto&&... values) { return show(values...); })(7);
#ifdef MISUSE
  aldis::web::wraps(show, [] { return show(7); })(7);
#endif
}
