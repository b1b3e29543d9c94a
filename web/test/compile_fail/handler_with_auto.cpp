// expect: aldis: a handler is a function, or an object with one operator

#include <aldis/web/scaffold.hpp>

#include <string>

void set_up(aldis::web::scaffold& app) {
  app.get("/user/<int:id>", [](int id) { return std::to_string(id); });
#ifdef MISUSE
  app.get("/user/<int:id>", [](auto id) { return std::to_string(id); });
#endif
}
