// The code of docs/guide/web.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

namespace web = aldis::web;

namespace {

void add_answers(web::app& app) {
  //[responses]
  app.get("/text", [] { return "as text/html"; });
  app.get("/teapot", [] { return std::pair("short and stout", 418); });
  app.get("/plain", [] {
    return std::tuple("a,b\n", 200, web::headers{{"Content-Type", "text/csv"}});
  });
  app.get("/cookie", [] {
    web::response response("yours for a day");
    response.set_cookie("taste", "vanilla", {.max_age = std::chrono::hours(24)});
    return response;
  });
  app.get("/old", [] { return web::redirect("/text"); });
  app.get("/countdown", [] {
    return web::stream([n = 3]() mutable -> std::optional<std::string> {
      if (n == 0) return std::nullopt;
      return std::to_string(n--) + "\n";
    });
  });
  //[/responses]

  //[errors]
  app.get("/cellar", []() -> std::string { web::abort(403, "The cellar is for the cook."); });
  app.get("/shelf/<int:number>", [](int number) {
    const std::string shelf = "jam";
    return std::string(1, shelf.at(static_cast<std::size_t>(number)));
  });

  app.errorhandler(403, [](const web::http_error& error) {
    return std::pair("No: " + error.description(), error.code());
  });
  app.errorhandler<std::out_of_range>([] { return std::pair("no such shelf", 404); });
  //[/errors]
}

}  // namespace

TEST_CASE("the first app responds and sends signals") {
  std::string printed;
  const auto print = [&](const std::string& line) { printed += line + "\n"; };

  //[first]
  web::app app;
  app.get("/hello/<name>", [](const std::string& name) { return "hello " + name; });

  auto heard = web::request_started.connected_to(
      [&](web::app&) { print("asked for " + std::string(web::current_request().path())); });

  web::test_client client(app);
  CHECK(client.get("/hello/ann").body == "hello ann");
  //[/first]

  CHECK(printed == "asked for /hello/ann\n");
}

TEST_CASE("handlers return responses and errors") {
  web::app app;
  add_answers(app);
  web::test_client client(app);

  CHECK(client.get("/text").headers["Content-Type"] == "text/html; charset=utf-8");
  CHECK(client.get("/teapot").status == 418);
  CHECK(client.get("/plain").headers["Content-Type"] == "text/csv");
  CHECK(client.get("/cookie").headers["Set-Cookie"].starts_with("taste=vanilla; "));
  CHECK(client.get("/old").status == 303);
  CHECK(client.get("/countdown").body == "3\n2\n1\n");
  CHECK(client.get("/cellar").body == "No: The cellar is for the cook.");
  CHECK(client.get("/shelf/0").body == "j");
  CHECK(client.get("/shelf/3").body == "no such shelf");
}
