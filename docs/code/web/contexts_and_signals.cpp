// The code of docs/guide/web-signals.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

namespace web = aldis::web;

TEST_CASE("app, request, session and g are current below a handler") {
  web::app app("court");

  //[current]
  app.before_request(
      [](web::request& request) { web::g().set("user", request.args().get("as", "nobody")); });

  const auto greeting = [] {  // anywhere below the handler
    return web::current_app().name() + " greets " + web::g().get<std::string>("user") + " at " +
           std::string(web::current_request().path());
  };
  app.get("/door", greeting);
  //[/current]

  CHECK(web::test_client(app).get("/door?as=ann").body == "court greets ann at /door");
}

TEST_CASE("contexts can be made current without a request") {
  web::app app("court");

  //[without_request]
  CHECK_FALSE(web::has_app_context());
  {
    auto here = app.app_context();
    CHECK(web::current_app().name() == "court");
    CHECK_FALSE(web::has_request_context());
  }
  CHECK_THROWS_AS(web::current_app(), web::outside_of_context);

  app.test_request_context(web::request("GET", "/door?as=ann")).run([] {
    CHECK(web::current_request().args()["as"] == "ann");
  });
  //[/without_request]
}

TEST_CASE("receivers hear the signals of requests") {
  web::app app;
  app.get("/", [] { return "fine"; });
  app.get("/pit", []() -> std::string { throw std::runtime_error("it is deep"); });
  app.logger().set_sink([](web::log_level, std::string_view) {});
  std::string log;

  //[listening]
  aldis::connections heard;
  heard += web::request_finished.connect(
      [&](web::app&, web::response& response) {
        response.headers().set("X-Served-By", "the court");
        log += std::to_string(response.status()) + " ";
      },
      aldis::from(app));
  heard += web::got_request_exception.connect(
      [&](web::app&, const std::exception_ptr& error) { log += web::describe(error) + " "; },
      aldis::from(app));
  //[/listening]
  web::test_client client(app);

  CHECK(client.get("/").headers["X-Served-By"] == "the court");
  CHECK(client.get("/pit").status == 500);
  CHECK(log == "200 std::runtime_error: it is deep 500 ");
}

TEST_CASE("a receiver of request_started may abort the request") {
  web::app app;
  app.get("/", [] { return "open"; });

  //[refusing]
  const auto closed = web::request_started.connected_to(
      [](web::app&) { web::abort(503, "The court sleeps."); }, aldis::from(app));
  //[/refusing]

  CHECK(web::test_client(app).get("/").status == 503);
}

//[own_signal]
struct order {
  std::string what;
  int pieces = 0;
};

inline auto& ordered = web::signals.named<void(web::app&, const order&)>("ordered");
//[/own_signal]

TEST_CASE("an app can have custom signals") {
  web::app app;
  int pieces = 0;

  //[own_sender]
  app.post("/order/<what>", [&](const std::string& what) {
    ordered.send(app, order{what, 3});
    return "ordered";
  });
  //[/own_sender]
  //[own_receiver]
  const auto counting = ordered.connected_to(
      [&](web::app&, const order& one) { pieces += one.pieces; }, aldis::from(app));
  //[/own_receiver]

  CHECK(web::test_client(app).post("/order/crown").status == 200);
  CHECK(pieces == 3);
}

TEST_CASE("all signals can be watched") {
  web::app app;
  app.get("/", [] { return "fine"; });
  std::string seen;

  //[watching]
  const auto watching = web::signals.watch(
      "*", [&](const aldis::send_report& sent) { seen += std::string(sent.signal) + " "; });
  //[/watching]
  web::test_client(app).get("/");

  CHECK(seen ==
        "appcontext-pushed request-started request-finished request-tearing-down "
        "appcontext-tearing-down appcontext-popped ");
}
