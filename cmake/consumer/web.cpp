#include <aldis/web.hpp>
#include <aldis/web/json.hpp>

#include <cstdlib>

namespace web = aldis::web;

int main() {
  int heard = 0;
  web::app app;
  const aldis::scoped_connection c = web::request_started.connected_to([&] { ++heard; });
  app.route("/<int:amount>", [](int amount) { return boost::json::object{{"amount", amount}}; });

  const web::client_response answer = web::test_client(app).get("/42");

  return heard == 1 && web::get_json(answer).at("amount") == 42 ? EXIT_SUCCESS : EXIT_FAILURE;
}
