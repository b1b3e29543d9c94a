#include <aldis/web.hpp>
#include <aldis/web/json.hpp>

#include <doctest/doctest.h>

namespace web = aldis::web;
namespace json = boost::json;

TEST_CASE("handlers return JSON, as Flask writes it") {
  web::app app;
  app.route("/object", [] {
    return json::object{{"b", 1}, {"a", {1.0, 2.5, nullptr, true}}, {"c", "\u00e9\n\"<"}};
  });
  app.route("/array", [] { return json::array{1, 2, 3}; });
  app.route("/value", [] { return json::value(nullptr); });
  app.route("/created", [] { return std::pair(json::object{{"id", 7}}, 201); });
  app.route("/jsonify", [] { return web::jsonify({{"error", "none"}}, 418); });
  web::test_client client(app);

  const web::client_response object = client.get("/object");
  CHECK(object.headers["Content-Type"] == "application/json");
  CHECK(object.body == "{\"a\":[1.0,2.5,null,true],\"b\":1,\"c\":\"\\u00e9\\n\\\"<\"}\n");
  CHECK(client.get("/array").body == "[1,2,3]\n");
  CHECK(client.get("/value").body == "null\n");
  CHECK(client.get("/created").status == 201);
  CHECK(web::get_json(client.get("/created")).at("id") == 7);
  CHECK(client.get("/jsonify").status == 418);
}

TEST_CASE("characters beyond the first plane are two escapes; numbers are as Python's") {
  CHECK(web::dumps(json::array{"\U0001f600", 1e100, 1e-7, 0.1, 1e15, 1e16, -0.0}) ==
        "[\"\\ud83d\\ude00\",1e+100,1e-07,0.1,1000000000000000.0,1e+16,-0.0]\n");
}

TEST_CASE("a request's JSON") {
  web::app app;
  app.post("/", [](web::request& request) {
    return std::to_string(web::get_json(request).at("n").as_int64());
  });
  web::test_client client(app);

  CHECK(client.post("/", {.json = R"({"n": 42})"}).body == "42");
  CHECK(client.post("/", {.data = R"({"n": 42})", .content_type = "application/vnd.x+json"}).body ==
        "42");
  CHECK(client.post("/", {.data = R"({"n": 42})", .content_type = "text/plain"}).status == 415);
  CHECK(client.post("/", {.json = R"({"n": )"}).status == 400);
  CHECK(client.post("/", {.json = R"({"n": 1} x)"}).status == 400);
  CHECK(client.post("/", {.json = std::string(40, '[') + std::string(40, ']')}).status == 400);
}
