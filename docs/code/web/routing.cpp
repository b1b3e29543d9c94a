// The code of docs/guide/web-routing.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace web = aldis::web;

//[decorator]
template <class Handler>
auto login_required(Handler handler) {
  return web::wraps(handler, [handler](auto&&... values) -> web::any_response {
    if (!web::current_request().cookies().contains("user")) {
      return web::redirect(web::url_for("login"));
    }
    return handler(values...);
  });
}
//[/decorator]

TEST_CASE("the variables of a rule become parameters") {
  //[rules]
  web::app app;
  app.get("/user/<name>", [](const std::string& name) { return "user " + name; });
  app.get("/post/<int:id>", [](int id) { return "post " + std::to_string(id + 1); });
  app.get("/files/<path:where>", [](const std::string& where) { return "file " + where; });
  app.get("/<any(tea, coffee):drink>/<float:cups>", [](const std::string& drink, double cups) {
    return cups > 2 ? "too much " + drink : drink;
  });
  app.get("/post/latest", [](web::request& request) { return request.args().get("of", "all"); });
  //[/rules]
  web::test_client client(app);

  CHECK(client.get("/user/ann").body == "user ann");
  CHECK(client.get("/post/7").body == "post 8");
  CHECK(client.get("/post/seven").status == 404);
  CHECK(client.get("/files/a/b.txt").body == "file a/b.txt");
  CHECK(client.get("/coffee/3.5").body == "too much coffee");
  CHECK(client.get("/post/latest?of=ann").body == "ann");
}

TEST_CASE("a handler may return several types as any_response") {
  web::app app;
  //[returns]
  app.get("/door", [](web::request& request) -> web::any_response {
    if (!request.cookies().contains("user")) return web::redirect("/login");
    return "come in";
  });
  //[/returns]
  web::test_client client(app);

  CHECK(client.get("/door").status == 303);
  client.set_cookie("user", "ann");
  CHECK(client.get("/door").body == "come in");
}

TEST_CASE("a rule that does not fit its handler throws bad_route") {
  web::app app;

  //[misfit]
  CHECK_THROWS_AS(app.get("/page/<int:number>", [](const std::string& number) { return number; }),
                  web::bad_route);
  //[/misfit]
}

TEST_CASE("a rule may have several handlers for different methods") {
  web::app app;
  std::string stored = "nothing";

  //[methods]
  app.route("/note", {.methods = {"GET", "POST"}}, [&](web::request& request) {
    if (request.method() == "POST") stored = request.body();
    return stored;
  });
  app.delete_("/note", [&] { return std::exchange(stored, "nothing"); });
  //[/methods]
  web::test_client client(app);

  CHECK(client.post("/note", {.data = "milk", .content_type = "text/plain"}).body == "milk");
  CHECK(client.delete_("/note").body == "milk");
  CHECK(client.head("/note").status == 200);
  CHECK(client.put("/note").status == 405);
  CHECK(client.put("/note").headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST");
}

TEST_CASE("missing slashes are redirected, and defaults supply missing values") {
  web::app app;

  //[slashes]
  app.get("/folder/", [] { return "the folder"; });  // "/folder" is redirected to it
  app.get("/leaf", [] { return "the leaf"; });       // "/leaf/" is 404
  app.route("/pages/", {.endpoint = "pages", .defaults = {{"page", 1}}},
            [](int page) { return "page " + std::to_string(page); });
  app.add_url_rule("/pages/<int:page>", {.endpoint = "pages"});
  //[/slashes]
  web::test_client client(app);

  CHECK(client.get("/folder").status == 308);
  CHECK(client.get("/folder").headers["Location"].ends_with("/folder/"));
  CHECK(client.get("/leaf/").status == 404);
  CHECK(client.get("/pages/").body == "page 1");
  CHECK(client.get("/pages/2").body == "page 2");
}

TEST_CASE("url_for builds URLs from endpoints") {
  web::app app;

  //[urls]
  app.route("/user/<name>", {.endpoint = "user"}, [](const std::string& name) { return name; });

  auto here = app.test_request_context();
  CHECK(web::url_for("user", {{"name", "ann"}}) == "/user/ann");
  CHECK(web::url_for("user", {{"name", "a b"}, {"tab", "posts"}}) == "/user/a%20b?tab=posts");
  CHECK(web::url_for("user", {{"name", "ann"}}, {.external = true}) == "http://localhost/user/ann");
  CHECK_THROWS_AS(web::url_for("user"), web::bad_url);
  //[/urls]
}

TEST_CASE("a blueprint can be registered twice, under two prefixes") {
  web::app app;

  //[blueprint]
  web::blueprint shop("shop", {.url_prefix = "/shop"});
  shop.route("/", {.endpoint = "index"}, [] { return web::url_for(".cart"); });
  shop.route("/cart", {.endpoint = "cart"}, [] { return web::url_for("shop.index"); });
  shop.before_request([](web::request& request) -> std::optional<web::response> {
    if (request.cookies().contains("closed")) return web::response("closed", 503);
    return std::nullopt;
  });

  app.register_blueprint(shop);
  app.register_blueprint(shop, {.name = "outlet", .url_prefix = "/outlet"});
  //[/blueprint]
  web::test_client client(app);

  CHECK(client.get("/shop/").body == "/shop/cart");
  CHECK(client.get("/outlet/").body == "/outlet/cart");
  CHECK(client.get("/outlet/cart").body == "/shop/");
  client.set_cookie("closed", "yes");
  CHECK(client.get("/shop/cart").status == 503);
}

TEST_CASE("a function can return a blueprint") {
  web::app app;
  const auto make_auth = [] {
    //[returned]
    web::blueprint auth("auth", {.url_prefix = "/auth"});
    auth.route("/login", {.endpoint = "login"}, [] { return "who are you?"; });
    return auth;
    //[/returned]
  };
  app.register_blueprint(make_auth());

  CHECK(web::test_client(app).get("/auth/login").body == "who are you?");
}

TEST_CASE("endpoints get their handlers elsewhere") {
  web::app app;
  web::blueprint blog("blog", {.url_prefix = "/blog"});
  blog.route("/", {.endpoint = "index"}, [] { return "all posts"; });
  app.register_blueprint(blog);

  //[endpoints]
  app.add_url_rule("/", {.endpoint = "blog.index"});
  app.add_url_rule("/about", {.endpoint = "about"});
  app.endpoint("about", [] { return "about us"; });
  //[/endpoints]
  web::test_client client(app);

  CHECK(client.get("/").body == "all posts");
  CHECK(client.get("/blog/").body == "all posts");
  CHECK(client.get("/about").body == "about us");
}

TEST_CASE("a decorator works for handlers of any type") {
  web::app app;
  app.route("/login", {.endpoint = "login"}, [] { return "who are you?"; });

  //[decorated]
  app.get("/post/<int:id>", login_required([](int id) { return "post " + std::to_string(id); }));
  app.get("/whoami", login_required([](web::request& request) {
            return "you are " + request.cookies()["user"];
          }));
  //[/decorated]
  web::test_client client(app);

  CHECK(client.get("/post/7").headers["Location"] == "/login");
  client.set_cookie("user", "ann");
  CHECK(client.get("/post/7").body == "post 7");
  CHECK(client.get("/whoami").body == "you are ann");
}
