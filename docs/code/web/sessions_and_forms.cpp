// The code of docs/guide/web-sessions-and-forms.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <string>

namespace web = aldis::web;

namespace {

void add_session(web::app& app) {
  //[session]
  app.config()["SECRET_KEY"] = "something long and random";

  app.post("/login", [](web::request& request) {
    web::session()["user"] = request.form()["name"];
    web::session()["visits"] = 0;
    return web::redirect("/");
  });
  app.get("/", [] {
    if (!web::session().contains("user")) return std::string("who are you?");
    const int visits = web::session()["visits"].as<int>() + 1;
    web::session()["visits"] = visits;
    return web::session()["user"].as<std::string>() + ", visit " + std::to_string(visits);
  });
  app.post("/logout", [] {
    web::session().clear();
    return "bye";
  });
  //[/session]
}

}  // namespace

TEST_CASE("a session keeps values between requests") {
  web::app app;
  add_session(app);
  web::test_client client(app);

  CHECK(client.get("/").body == "who are you?");
  client.post("/login", {.form = {{"name", "ann"}}});
  CHECK(client.get("/").body == "ann, visit 1");
  CHECK(client.get("/").body == "ann, visit 2");
  CHECK(client.post("/logout").body == "bye");
  CHECK(client.get("/").body == "who are you?");
}

TEST_CASE("a flashed message appears on the next page") {
  web::app app;
  app.config()["SECRET_KEY"] = "something long and random";

  //[flash]
  app.post("/save", [] {
    web::flash("It is saved.", "good");
    return web::redirect(web::url_for("start"));
  });
  app.route("/", {.endpoint = "start"}, [] {
    return web::render_template_string(
        "{% for category, message in get_flashed_messages(with_categories=true) %}"
        "<p class='{{ category }}'>{{ message }}</p>{% endfor %}");
  });
  //[/flash]
  web::test_client client(app);

  CHECK(client.post("/save", {.follow_redirects = true}).body ==
        "<p class='good'>It is saved.</p>");
  CHECK(client.get("/").body == "");
}

TEST_CASE("a request has form fields and files") {
  web::app app;

  //[form]
  app.post("/guest", [](web::request& request) {
    const std::string& name = request.form()["name"];  // 400 if there is none
    const int age = request.form().get_as<int>("age").value_or(18);
    std::string response = name + " is " + std::to_string(age) + ", likes";
    for (const std::string_view dish : request.form().get_all("dish")) {
      response.append(" ").append(dish);
    }
    return response;
  });

  app.post("/portrait", [](web::request& request) {
    const web::file_part* const picture = request.file("picture");
    if (!picture) web::abort(400, "There is no picture.");
    return web::safe_file_name(picture->file_name) + ": " +
           std::to_string(picture->content.size()) + " bytes";
  });
  //[/form]
  web::test_client client(app);

  CHECK(
      client.post("/guest", {.form = {{"name", "ann"}, {"dish", "pie"}, {"dish", "soup"}}}).body ==
      "ann is 18, likes pie soup");
  CHECK(client.post("/guest", {.form = {{"age", "7"}}}).status == 400);

  web::file_part picture{
      .name = "picture", .file_name = "../ann.png", .headers = {}, .content = "12345"};
  CHECK(client.post("/portrait", {.files = {picture}}).body == "ann.png: 5 bytes");
  CHECK(client.post("/portrait").status == 400);
}
