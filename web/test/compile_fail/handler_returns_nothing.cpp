// expect: aldis: a handler returns a response, not void

#include <aldis/web/scaffold.hpp>

void set_up(aldis::web::scaffold& app) {
  app.get("/text", [] { return "text"; });
#ifdef MISUSE
  app.get("/nothing", [] {});
#endif
}
