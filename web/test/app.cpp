#include <aldis/web.hpp>

#include <doctest/doctest.h>
namespace web = aldis::web;
TEST_CASE("hello") {
  web::app app;
  auto heard = web::request_started.connect([](web::app&) { std::puts("a request!"); });
  app.route("/", {.methods = {"GET", "POST"}, .endpoint = "index"}, [] { return "hello aldis"; });
  app.route("/user/<int:id>", [](int id) { return "user " + std::to_string(id); });
  web::test_client client(app);
  CHECK(client.get("/").body == "hello aldis");
  CHECK(client.get("/user/7").body == "user 7");
  CHECK(client.get("/nope").status == 404);
  heard.disconnect();
}
