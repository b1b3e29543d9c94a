// The code of docs/guide/web-testing.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace web = aldis::web;

namespace {

/// The app under test: a shop with one shelf.
void set_up(web::app& app) {
  app.config()["SECRET_KEY"] = "something long and random";
  app.route("/", {.endpoint = "start"}, [] {
    return web::render_template_string(
        "{{ session.name }}{% for message in get_flashed_messages() %}: {{ message }}{% endfor %}");
  });
  app.post("/buy/<int:count>", [](web::request& request, int count) {
    if (count > 9) throw std::range_error("so many?");
    web::g().set("bought", count);
    web::session()["name"] = request.form()["name"];
    web::flash("bought");
    return web::redirect(web::url_for("start"));
  });
}

}  // namespace

TEST_CASE("a test client sends forms and follows redirects") {
  web::app app;
  set_up(app);

  //[client]
  web::test_client client(app);

  const web::client_response page =
      client.post("/buy/3", {.form = {{"name", "ann"}}, .follow_redirects = true});
  CHECK(page.status == 200);
  CHECK(page.path == "/");
  CHECK(page.history.at(0).headers["Location"] == "/");
  CHECK(page.body == "ann: bought");
  //[/client]
}

TEST_CASE("a client request has a body, form or files") {
  web::app app;
  app.post("/portrait", [](web::request& request) {
    const web::file_part* const picture = request.file("picture");
    return picture ? picture->file_name + ", " + std::string(picture->content_type()) : "none";
  });
  app.post("/echo",
           [](web::request& request) { return request.mime_type() + " " + request.body(); });
  web::test_client client(app);

  //[file]
  const web::file_part portrait{
      .name = "picture",  // the field of the form
      .file_name = "cat.png",
      .headers = {{"Content-Type", "image/png"}},
      .content = "what a PNG holds",
  };
  CHECK(client.post("/portrait", {.files = {portrait}}).body == "cat.png, image/png");
  //[/file]

  //[body]
  CHECK(client.post("/echo", {.json = R"({"pieces": 3})"}).body ==
        R"(application/json {"pieces": 3})");
  CHECK(client.post("/echo", {.data = "a,b", .content_type = "text/csv"}).body == "text/csv a,b");
  //[/body]
}

TEST_CASE("a session can be prepared") {
  web::app app;
  set_up(app);
  web::test_client client(app);

  //[session]
  client.session_transaction([](web::session_values& session) { session["name"] = "bob"; });
  CHECK(client.get("/").body == "bob");
  //[/session]
}

TEST_CASE("a context can be kept to inspect g and session") {
  web::app app;
  set_up(app);
  web::test_client client(app);

  //[context]
  {
    const auto kept = client.keep_contexts();
    client.post("/buy/3", {.form = {{"name", "ann"}}});
    CHECK(web::g().get<int>("bought") == 3);
    CHECK(web::session()["name"].as<std::string>() == "ann");
  }
  //[/context]
}

TEST_CASE("with TESTING, exceptions reach the test") {
  web::app app;
  set_up(app);
  web::test_client client(app);

  //[exceptions]
  app.config()["TESTING"] = true;
  CHECK_THROWS_AS(client.post("/buy/10"), std::range_error);
  //[/exceptions]
}

TEST_CASE("a signal shows what was flashed") {
  web::app app;
  set_up(app);
  web::test_client client(app);

  //[signals]
  std::vector<std::string> flashed;
  const auto listening = web::message_flashed.connected_to(
      [&](web::app&, const web::value& message, const std::string&) {
        flashed.emplace_back(message.as_text());
      },
      aldis::from(app));
  client.post("/buy/3", {.form = {{"name", "ann"}}});
  CHECK(flashed == std::vector<std::string>{"bought"});
  //[/signals]
}
