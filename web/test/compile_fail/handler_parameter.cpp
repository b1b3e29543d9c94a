// expect: aldis: a handler takes the values of its path

#include <aldis/web/scaffold.hpp>

#include <string>

void set_up(aldis::web::scaffold& app) {
  app.get("/user/<name>", [](const std::string& name) { return name; });
#ifdef MISUSE
  app.get("/user/<name>", [](std::string& name) { return name; });
#endif
}
