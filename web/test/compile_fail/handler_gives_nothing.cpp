// expect: aldis: a handler returns its answer, not void

#include <aldis/web.hpp>

void set_up(aldis::web::app& app) {
  app.get("/text", [] { return "text"; });
#ifdef MISUSE
  app.get("/nothing", [] {});
#endif
}
