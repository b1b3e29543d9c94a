// expect: aldis: several functions have this name: pass a lambda

#include <aldis/web/scaffold.hpp>

#include <string>

std::string view();
std::string view(int id);

void set_up(aldis::web::scaffold& app) {
  app.get("/user/<int:id>", static_cast<std::string (*)(int)>(view));
#ifdef MISUSE
  app.get("/user/<int:id>", view);
#endif
}
