#include <aldis/web.hpp>
#include <aldis/web/blueprint.hpp>

#include <doctest/doctest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace web = aldis::web;

static_assert(std::is_nothrow_move_constructible_v<web::blueprint>);
static_assert(std::is_nothrow_move_assignable_v<web::blueprint>);
static_assert(!std::is_copy_constructible_v<web::blueprint>);
// An app is the sender of its signals, and its requests refer to it, so it cannot move.
static_assert(!std::is_move_constructible_v<web::app>);
static_assert(!std::is_move_constructible_v<web::scaffold>);

namespace {

web::blueprint make_blueprint(const std::string& name) {
  web::blueprint made(name, {.url_prefix = "/" + name});
  made.route("/", {.endpoint = "index"}, [] { return web::url_for(".index"); });
  return made;
}

}  // namespace

TEST_CASE("a blueprint is returned from a function and registered") {
  web::app app;
  web::blueprint auth = make_blueprint("auth");
  auth.get("/login", [] { return "login"; });
  app.register_blueprint(auth);
  app.register_blueprint(make_blueprint("blog"));

  web::test_client client(app);
  CHECK(client.get("/auth/").body == "/auth/");
  CHECK(client.get("/auth/login").body == "login");
  CHECK(client.get("/blog/").body == "/blog/");
}

TEST_CASE("blueprints are kept in containers") {
  std::vector<web::blueprint> several;
  for (const char* const name : {"a", "b", "c"}) several.push_back(make_blueprint(name));
  std::map<std::string, web::blueprint> by_name;
  by_name.emplace("d", make_blueprint("d"));
  std::swap(several.front(), several.back());

  web::app app;
  for (const web::blueprint& each : several) app.register_blueprint(each);
  app.register_blueprint(by_name.at("d"));

  std::string endpoints;
  for (const web::route_info& each : app.routes()) endpoints += each.endpoint + " ";
  CHECK(endpoints == "static c.index b.index a.index d.index ");
}

TEST_CASE("a blueprint that is moved stays the one that was nested and registered") {
  web::app app;
  web::blueprint inner("inner", {.url_prefix = "/inner"});
  web::blueprint outer("outer", {.url_prefix = "/outer"});
  outer.register_blueprint(inner);
  web::blueprint moved = std::move(inner);
  moved.get("/late", [] { return "late"; });
  app.register_blueprint(outer);
  const web::blueprint registered = std::move(outer);
  outer = web::blueprint("another");

  CHECK(web::test_client(app).get("/outer/inner/late").body == "late");
  CHECK(outer.name() == "another");
  CHECK(registered.name() == "outer");
  CHECK_THROWS_WITH_AS(moved.get("/x", [] { return ""; }),
                       "aldis: the blueprint 'inner' is registered: routes and hooks must be added "
                       "before",
                       std::logic_error);
}

TEST_CASE("a moved-from blueprint reports that, and can be assigned to") {
  web::app app;
  web::blueprint one("one");
  web::blueprint other = std::move(one);
  const char* const message = "aldis: this blueprint has been moved from";

  // NOLINTBEGIN(bugprone-use-after-move): what is tested
  CHECK(one.name().empty());
  CHECK_THROWS_WITH_AS(one.get("/", [] { return ""; }), message, std::logic_error);
  CHECK_THROWS_WITH_AS(one.endpoint("x", [] { return ""; }), message, std::logic_error);
  CHECK_THROWS_WITH_AS(one.before_request([] {}), message, std::logic_error);
  CHECK_THROWS_WITH_AS(one.before_app_request([] {}), message, std::logic_error);
  CHECK_THROWS_WITH_AS(one.register_blueprint(other), message, std::logic_error);
  CHECK_THROWS_WITH_AS(other.register_blueprint(one), message, std::logic_error);
  CHECK_THROWS_WITH_AS(app.register_blueprint(one), message, std::logic_error);
  // NOLINTEND(bugprone-use-after-move)

  one = std::move(other);
  CHECK(one.name() == "one");
}
