// expect: aldis: a handler returns text, .* JSON needs <aldis/web/json.hpp>

#include <aldis/web/scaffold.hpp>

#include <boost/json/value.hpp>

void set_up(aldis::web::scaffold& app) {
  app.get("/text", [] { return "text"; });
#ifdef MISUSE
  app.get("/json", [] { return boost::json::value(7); });
#endif
}
