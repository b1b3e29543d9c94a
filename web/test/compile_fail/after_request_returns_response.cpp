// expect: aldis: a function after a request changes the response that it is given

#include <aldis/web/scaffold.hpp>

void set_up(aldis::web::scaffold& app) {
  app.after_request(
      [](aldis::web::response& response) { response.headers().set("X-By", "aldis"); });
#ifdef MISUSE
  app.after_request([](aldis::web::response& response) { return response.copy(); });
#endif
}
