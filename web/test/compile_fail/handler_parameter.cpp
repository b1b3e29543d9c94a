// expect: aldis: a handler takes the values of its path

#include <aldis/web.hpp>

#include <string>

void set_up(aldis::web::app& app) {
  app.get("/user/<name>", [](const std::string& name) { return name; });
#ifdef MISUSE
  app.get("/user/<name>", [](std::string& name) { return name; });
#endif
}
