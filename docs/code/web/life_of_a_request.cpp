// The steps of docs/life-of-a-request.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace web = aldis::web;

TEST_CASE("step 1: the route is found before any signal is sent") {
  web::app app;
  app.route("/caf\u00e9/<int:n>", {.endpoint = "cafe"}, [](int) { return ""; });
  std::string seen;
  const auto c = web::appcontext_pushed.connected_to(
      [&](web::app&) { seen = web::current_request().endpoint(); }, aldis::from(app));
  static_cast<void>(web::test_client(app).get("/caf%C3%A9/7"));
  CHECK(seen == "cafe");
}

TEST_CASE("step 2: the context is current, with an empty g; then the session is available") {
  web::app app;
  app.config()["SECRET_KEY"] = "dev";
  std::size_t names = 1;
  const auto c = web::appcontext_pushed.connected_to(
      [&](web::app& sender) {
        CHECK(&web::current_app() == &sender);
        names = web::g().names().size();
      },
      aldis::from(app));
  app.route("/", [] { return web::session().empty() ? "empty" : "not"; });
  CHECK(web::test_client(app).get("/").body == "empty");
  CHECK(names == 0);
}

TEST_CASE("step 3: request_started is sent, whatever was found") {
  web::app app;
  app.route("/folder/", [] { return ""; });
  int heard = 0;
  const auto c = web::request_started.connected_to([&] { ++heard; }, aldis::from(app));
  web::test_client client(app);
  for (const char* const path : {"/folder/", "/folder", "/nowhere"}) {
    static_cast<void>(client.get(path));
  }
  static_cast<void>(client.post("/folder/"));
  CHECK(heard == 4);
}

TEST_CASE("step 4: functions before the handler may change path values, or return a response") {
  web::app app;
  app.url_value_preprocessor([](std::string_view, web::path_variables& values) {
    for (web::path_variable& each : values) each.value = std::get<std::int64_t>(each.value) * 2;
  });
  app.before_request([](web::request& request) -> std::optional<std::string> {
    if (request.args().contains("stop")) return "stopped";
    return std::nullopt;
  });
  app.route("/<int:n>", [](int n) { return std::to_string(n); });
  web::test_client client(app);
  CHECK(client.get("/21").body == "42");
  CHECK(client.get("/21?stop").body == "stopped");
}

TEST_CASE("step 5: the handler is called, and what it returns becomes a response") {
  web::app app;
  bool called = false;
  app.route("/", [&] {
    called = true;
    return std::pair("made", 201);
  });
  web::test_client client(app);
  static_cast<void>(client.options("/"));
  CHECK(!called);
  CHECK(client.get("/").status == 201);
}

TEST_CASE("step 6: exceptions are offered to error handlers, by code and then by type") {
  web::app app;
  app.logger().set_sink([](web::log_level, std::string_view) {});
  app.errorhandler<std::exception>([] { return "by type"; });
  app.errorhandler(403, [] { return "by code"; });
  app.route("/403", []() -> std::string { web::abort(403); });
  app.route("/410", []() -> std::string { web::abort(410); });
  web::test_client client(app);
  CHECK(client.get("/403").body == "by code");
  CHECK(client.get("/410").body == "by type");

  web::app bare;
  bare.logger().set_sink([](web::log_level, std::string_view) {});
  bare.route("/", []() -> std::string { throw std::runtime_error("broken"); });
  std::string heard;
  const auto c = web::got_request_exception.connected_to(
      [&](web::app&, const std::exception_ptr& error) { heard = web::describe(error); },
      aldis::from(bare));
  CHECK(web::test_client(bare).get("/").status == 500);
  CHECK(heard == "std::runtime_error: broken");
}

TEST_CASE("step 7: the response is completed, the session saved, request_finished sent") {
  web::app app;
  app.config()["SECRET_KEY"] = "dev";
  std::string order;
  app.after_request([&](web::response&) { order += "first "; });
  app.after_request([&](web::response&) { order += "last "; });
  app.route("/", [&] {
    web::after_this_request([&](web::response&) { order += "this "; });
    web::session()["n"] = 1;
    return "";
  });
  const auto c = web::request_finished.connected_to(
      [&](web::app&, web::response& response) {
        order += response.headers().contains("Set-Cookie") ? "saved" : "not saved";
      },
      aldis::from(app));
  static_cast<void>(web::test_client(app).get("/"));
  CHECK(order == "this last first saved");
}

TEST_CASE("step 8: a response to HEAD has the length of the body that is not sent") {
  web::app app;
  app.route("/", [] { return "hello"; });
  const web::client_response head = web::test_client(app).head("/");
  CHECK(head.body.empty());
  CHECK(head.headers["Content-Length"] == "5");
}

TEST_CASE("step 9: all teardown functions run, whatever they throw") {
  web::app app;
  std::string order;
  app.teardown_request([&] { order += "first "; });
  app.teardown_request([&] {
    order += "last ";
    throw std::runtime_error("broken");
  });
  app.teardown_appcontext([&] { order += "app"; });
  app.route("/", [] { return ""; });
  CHECK_THROWS_AS(web::test_client(app).get("/"), web::teardown_error);
  CHECK(order == "last first app");
}

TEST_CASE("step 10: the context is no longer current") {
  web::app app;
  app.route("/", [] { return ""; });
  bool current = true;
  const auto c = web::appcontext_popped.connected_to([&] { current = web::has_app_context(); },
                                                     aldis::from(app));
  static_cast<void>(web::test_client(app).get("/"));
  CHECK(!current);
}
