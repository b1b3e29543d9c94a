#include <aldis/web.hpp>
#include <aldis/web/awaitable.hpp>
#include <aldis/web/wraps.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace web = aldis::web;

namespace {

using boost::asio::awaitable;

awaitable<void> turn() {
  co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
}

/// The decorator of Flask's tutorial.
template <class Handler>
auto login_required(Handler handler) {
  return web::wraps(handler, [handler](auto&&... values) -> web::any_response {
    if (!web::current_request().cookies().contains("user")) return web::redirect("/login");
    return handler(values...);
  });
}

/// A decorator with arguments, and another return type.
auto in_brackets(std::string_view open, std::string_view close) {
  return [=](auto handler) {
    return web::wraps(handler, [=](auto&&... values) {
      return std::string(open).append(handler(values...)).append(close);
    });
  };
}

/// A wrapper that is a coroutine, for any handler.
template <class Handler>
auto after_a_turn(Handler handler) {
  return web::wraps(handler, [handler](auto&&... values) -> awaitable<web::any_response> {
    co_await turn();
    co_await turn();
    co_return handler(values...);
  });
}

std::string show(int id) { return "item " + std::to_string(id); }

awaitable<std::string> show_later(std::string name, int times, web::request& request) {
  std::string text;
  for (int i = 0; i < times; ++i) {
    co_await turn();
    text += name;
  }
  co_return text + " " + std::string(request.path());
}

struct object {
  std::string prefix;
  std::string operator()(const std::string& name) const { return prefix + name; }
};

}  // namespace

TEST_CASE("one decorator serves handlers of all kinds") {
  web::app app;
  app.get("/item/<int:id>", login_required(show));
  app.get("/lambda/<float:x>/<name>", login_required([](double x, const std::string& name) {
            return std::pair(name + std::to_string(static_cast<int>(x)), 201);
          }));
  app.get("/object/<name>", login_required(object{"hello "}));
  app.get("/function/<name>",
          login_required(std::function<std::string(std::string_view)>(
              [](std::string_view name) { return "function " + std::string(name); })));
  app.get("/request/<int:n>", login_required([](web::app& of, int n, web::request& request) {
            return of.name() + std::to_string(n) + std::string(request.path());
          }));
  app.get("/later/<name>/<int:times>", login_required(show_later));
  app.route("/blocking", {.blocking = true}, login_required([] { return "blocking"; }));
  app.get("/any/<uuid:which>", login_required([](const web::path_value& which) {
            return which.index() == 3 ? "a uuid" : "something else";
          }));
  app.get("/nothing", login_required([] { return std::optional<std::string>(); }));
  int calls = 0;
  app.get("/counted", login_required([&calls] { return std::to_string(++calls); }));
  web::test_client client(app);

  for (const char* const path : {"/item/7", "/lambda/1.5/a", "/object/a", "/function/a",
                                 "/request/1", "/later/a/2", "/blocking", "/counted"}) {
    CAPTURE(path);
    CHECK(client.get(path).headers["Location"] == "/login");
  }
  CHECK(calls == 0);

  client.set_cookie("user", "ann");
  CHECK(client.get("/item/7").body == "item 7");
  CHECK(client.get("/item/seven").status == 404);
  CHECK(client.get("/lambda/2.5/ann").body == "ann2");
  CHECK(client.get("/lambda/2.5/ann").status == 201);
  CHECK(client.get("/object/ann").body == "hello ann");
  CHECK(client.get("/function/ann").body == "function ann");
  CHECK(client.get("/request/3").body == "app3/request/3");
  CHECK(client.get("/later/ho/3").body == "hohoho /later/ho/3");
  CHECK(client.get("/blocking").body == "blocking");
  CHECK(client.get("/any/00000000-0000-0000-0000-000000000001").body == "a uuid");
  CHECK(client.get("/nothing").status == 500);
  CHECK(client.get("/counted").body == "1");
}

TEST_CASE("a wrapped handler must fit its rule as any other") {
  web::app app;

  CHECK_THROWS_WITH_AS(
      app.get("/item/<id>", login_required(show)),
      "aldis: the rule '/item/<id>' converts 'id' to text, but its handler takes an "
      "integer there; converters are string, path and any (text), int, float and "
      "uuid",
      web::bad_route);
}

TEST_CASE("decorators take arguments, and can be stacked") {
  web::app app;
  app.get("/<int:id>", login_required(in_brackets("<", ">")(in_brackets("[", "]")(show))));
  web::blueprint part("part", {.url_prefix = "/part"});
  part.route("/<int:id>", {.endpoint = "item"}, in_brackets("(", ")")(show));
  app.register_blueprint(part);
  web::test_client client(app);

  CHECK(client.get("/1").status == 303);
  client.set_cookie("user", "ann");
  CHECK(client.get("/1").body == "<[item 1]>");
  CHECK(client.get("/part/2").body == "(item 2)");
}

TEST_CASE("a wrapper may be a coroutine, whatever the handler is") {
  web::app app;
  app.get("/plain/<name>/<int:n>",
          after_a_turn([](std::string name, int n) { return name + " " + std::to_string(n); }));
  app.get("/later/<name>/<int:times>", after_a_turn(show_later));
  app.get("/twice/<name>/<int:times>", after_a_turn(login_required(after_a_turn(show_later))));
  app.get("/none", after_a_turn([] { return std::optional<std::string>(); }));
  app.get("/error", after_a_turn([]() -> std::string { throw std::out_of_range("far"); }));
  app.get("/late-error", after_a_turn([]() -> awaitable<std::string> {
            co_await turn();
            web::abort(418);
          }));
  app.errorhandler<std::out_of_range>([] { return "caught"; });
  web::test_client client(app);
  client.set_cookie("user", "ann");
  const std::string name(100, 'x');

  CHECK(client.get("/plain/" + name + "/5").body == name + " 5");
  CHECK(client.get("/later/" + name + "/2").body == name + name + " /later/" + name + "/2");
  CHECK(client.get("/twice/" + name + "/1").body == name + " /twice/" + name + "/1");
  CHECK(client.get("/none").status == 500);
  CHECK(client.get("/error").body == "caught");
  CHECK(client.get("/late-error").status == 418);
}

TEST_CASE("a wrapper that is a coroutine keeps what a handler takes by reference") {
  web::app app;
  app.get("/<int:n>/<float:x>/<name>/<text>",
          after_a_turn([](const int& n, const double& x, const std::string& name,
                          const std::string_view& text) {
            return std::to_string(n + static_cast<int>(x)).append(name).append(text);
          }));

  CHECK(web::test_client(app).get("/40/2.5/ann/bob").body == "42annbob");
}

TEST_CASE("any_response is nothing, or anything that a handler may return") {
  web::app app;
  app.get("/none", [] { return web::any_response(); });
  app.get("/text", []() -> web::any_response { return "text"; });
  app.get("/pair", []() -> web::any_response { return std::pair("short and stout", 418); });
  app.get("/optional", []() -> web::any_response { return std::optional<std::string>("there"); });
  app.get("/empty", []() -> web::any_response { return std::optional<std::string>(); });
  app.get("/response", []() -> web::any_response { return web::response("made", 202); });
  app.get("/moved", [] {
    web::any_response one = web::response("made", 202);
    web::any_response other = std::move(one);
    return std::optional<web::any_response>(std::move(other));
  });
  web::test_client client(app);

  CHECK(client.get("/none").status == 500);
  CHECK(client.get("/text").body == "text");
  CHECK(client.get("/pair").status == 418);
  CHECK(client.get("/optional").body == "there");
  CHECK(client.get("/empty").status == 500);
  CHECK(client.get("/response").status == 202);
  CHECK(client.get("/moved").status == 202);
}

TEST_CASE("make_response returns the response that a handler would produce") {
  CHECK(web::make_response("text").body() == "text");
  CHECK(web::make_response(std::pair("gone", 410)).status() == 410);
  CHECK(web::make_response(std::optional(std::string("there"))).body() == "there");
  CHECK_THROWS_AS(web::make_response(std::optional<std::string>()), web::bad_response);
}
