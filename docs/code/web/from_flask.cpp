// The code of docs/from-flask.md.

//[all]
#include <aldis/templates/environment.hpp>
#include <aldis/web.hpp>
//[/all]

#include <doctest/doctest.h>

#include <string>

namespace web = aldis::web;

namespace {

void add_pages(web::app& app) {
  //[routes]
  app.route("/", {.methods = {"GET", "POST"}, .endpoint = "index"}, [] { return "hello"; });
  app.route("/user/<int:id>", {.endpoint = "user"},
            [](int id) { return "user " + std::to_string(id); });
  app.get("/search", [](web::request& request) { return "you want " + request.args()["q"]; });
  app.get("/teapot", [] { return std::pair("short and stout", 418); });
  //[/routes]

  //[hooks]
  app.before_request([] { web::g().set("user", std::string("ana")); });
  app.after_request([](web::response& response) { response.headers().set("X-By", "aldis"); });
  app.errorhandler(404, [] { return std::pair("nothing here", 404); });
  app.errorhandler<std::out_of_range>(
      [](const std::out_of_range& error) { return std::pair(std::string(error.what()), 422); });
  //[/hooks]

  //[session]
  app.config()["SECRET_KEY"] = "something long and random";
  app.post("/login", [](web::request& request) {
    web::session()["user"] = request.form()["name"];
    web::flash("welcome");
    return web::redirect(web::url_for("whoami"));
  });
  app.route("/whoami", {.endpoint = "whoami"}, [] {
    return web::render_template_string(
        "{{ session.user }}: {{ get_flashed_messages() | join(', ') }}");
  });
  //[/session]

  //[blueprint]
  web::blueprint admin("admin", {.url_prefix = "/admin"});
  admin.route("/", {.endpoint = "index"}, [] { return web::url_for(".index"); });
  app.register_blueprint(admin);
  //[/blueprint]
}

}  // namespace

TEST_CASE("an app works as in Flask") {
  web::app app;
  add_pages(app);

  //[client]
  web::test_client client(app);
  CHECK(client.get("/user/7").body == "user 7");
  CHECK(client.get("/search", {.query = {{"q", "cats"}}}).body == "you want cats");
  CHECK(client.post("/login", {.form = {{"name", "ana"}}, .follow_redirects = true}).body ==
        "ana: welcome");
  //[/client]
  CHECK(client.get("/teapot").status == 418);
  CHECK(client.get("/nowhere").body == "nothing here");
  CHECK(client.get("/").headers["X-By"] == "aldis");
  CHECK(client.get("/admin/").body == "/admin/");
}

TEST_CASE("signals work as in Flask") {
  web::app app;
  app.route("/", [] { return "hello"; });
  std::string heard;

  //[signals]
  auto& bought = web::signals.named<void(web::app&, const std::string&)>("bought");
  const aldis::scoped_connection a =
      bought.connected_to([&](web::app&, const std::string& what) { heard += what + " "; });
  const aldis::scoped_connection b = web::request_finished.connected_to(
      [&](web::app&, web::response& response) { heard += std::to_string(response.status()); },
      aldis::from(app));
  //[/signals]
  bought.send(app, "a crown");
  static_cast<void>(web::test_client(app).get("/"));

  CHECK(heard == "a crown 200");
}
