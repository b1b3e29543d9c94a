#include <aldis/templates/error.hpp>
#include <aldis/web.hpp>
#include <aldis/web/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

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

TEST_CASE("characters beyond the first plane are two escapes; numbers are written as by Python") {
  CHECK(web::dumps(json::array{"\U0001f600", 1e100, 1e-7, 0.1, 1e15, 1e16, -0.0}) ==
        "[\"\\ud83d\\ude00\",1e+100,1e-07,0.1,1000000000000000.0,1e+16,-0.0]\n");
}

TEST_CASE("get_json reads the JSON of a request, and rejects other types and malformed text") {
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

TEST_CASE("numbers are read exactly, and written so that they can be read back") {
  web::app app;
  app.post("/", [](web::request& request) { return web::get_json(request); });
  web::test_client client(app);
  const std::string numbers =
      "[32610404.6,0.1,1e+300,5e-324,2.2250738585072014e-308,1.7976931348623157e+308,-0.0,"
      "972229131485000.9,9007199254740993.0]";
  const std::string back =
      "[32610404.6,0.1,1e+300,5e-324,2.2250738585072014e-308,1.7976931348623157e+308,-0.0,"
      "972229131485000.9,9007199254740992.0]\n";

  CHECK(client.post("/", {.json = numbers}).body == back);
  CHECK(web::get_json(client.post("/", {.json = numbers})).at(0) == 32610404.6);
}

TEST_CASE("integers of up to 64 bits are read as integers") {
  web::request r("POST", "/");
  r.headers().set("Content-Type", "application/json");
  r.body() =
      "[18446744073709551615, 9223372036854775807, -9223372036854775808, 18446744073709551616]";

  const json::value read = web::get_json(r);

  CHECK(read.at(0).as_uint64() == std::numeric_limits<std::uint64_t>::max());
  CHECK(read.at(1).as_int64() == std::numeric_limits<std::int64_t>::max());
  CHECK(read.at(2).as_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK(read.at(3).as_double() == 18446744073709551616.0);
  CHECK(web::dumps(read) ==
        "[18446744073709551615,9223372036854775807,-9223372036854775808,"
        "1.8446744073709552e+19]\n");
}

TEST_CASE("JSON that needs more memory than it may have is rejected, and says so") {
  web::app app;
  app.config()["MAX_JSON_MEMORY"] = 100'000;
  app.post("/", [](web::request& request) { return web::get_json(request); });
  web::test_client client(app);

  CHECK(client.post("/", {.json = "[1, \"two\", {\"a\": [null, 4.5]}]"}).body ==
        "[1,\"two\",{\"a\":[null,4.5]}]\n");
  std::string pairs = "[";
  for (int i = 0; i < 500; ++i) pairs += R"({"a\n":[],"b":"text of some length","a\n":[{}]},)";
  pairs.back() = ']';
  const web::client_response read = client.post("/", {.json = pairs});
  CHECK(read.status == 413);
  CHECK(read.body.find("needs more than the 100000 bytes of memory") != std::string::npos);
  CHECK(client.post("/", {.json = "[" + std::string(20'000, '0') + "]"}).status == 400);

  web::request r("POST", "/");
  r.headers().set("Content-Type", "application/json");
  r.body() = pairs;
  const json::value small = web::get_json(r);
  r.set_json_limit(500'000);
  CHECK(web::get_json(r) == small);
}

TEST_CASE("a large document equals a small one, can be changed, and its parts outlive it") {
  web::request r("POST", "/");
  r.headers().set("Content-Type", "application/json");
  std::string text = "[";
  for (int i = 0; i < 20'000; ++i) {
    text += (i == 0 ? "" : ",") + std::string(R"({"a":"a text that is not short","b":[)") +
            std::to_string(i) + ",1.5,null]}";
  }
  text += ",\"" + std::string(400'000, 'x') + "\"]";
  REQUIRE(text.size() > 1'100'000);
  r.body() = text;

  json::value all = web::get_json(r);
  CHECK(web::dumps(all) == text + "\n");
  json::object& first = all.as_array()[0].as_object();
  for (int i = 0; i < 100; ++i) first["more " + std::to_string(i)] = std::string(100, 'm');
  first["a"].as_string().append(" any more");
  all.as_array().resize(20);
  const json::value part = all.at(7).at("b");
  const json::value copy(all.at(7), json::storage_ptr());
  const json::value moved = std::move(all.at(0).at("a"));
  all = nullptr;
  CHECK(web::dumps(part) == "[7,1.5,null]\n");
  CHECK(web::dumps(copy) == "{\"a\":\"a text that is not short\",\"b\":[7,1.5,null]}\n");
  CHECK(moved == "a text that is not short any more");

  r.body() = text + "x";
  CHECK_THROWS_AS(static_cast<void>(web::get_json(r)), web::http_error);
}

TEST_CASE("JSON is written up to two hundred levels") {
  const auto nested = [](int levels) {
    json::value made = 1;
    for (int i = 0; i < levels; ++i) made = json::array{std::move(made)};
    return made;
  };
  CHECK(web::dumps(nested(200)) == std::string(200, '[') + "1" + std::string(200, ']') + "\n");
  CHECK_THROWS_WITH_AS(static_cast<void>(web::dumps(nested(201))),
                       "RecursionError: the JSON is nested too deep", aldis::templates::error);
  CHECK(web::dumps(json::object{{"b", json::object{}}, {"", json::array{}}, {"a", {1, 2}}}) ==
        "{\"\":[],\"a\":[1,2],\"b\":{}}\n");
}

TEST_CASE("all kinds of JSON values are read") {
  web::request r("POST", "/");
  r.headers().set("Content-Type", "application/json");
  r.body() = R"( {"a": [null, true, false, {}, []], "b": "x\n\u00e9", "\u00e9": -0e999, "a": 1} )";

  CHECK(web::dumps(web::get_json(r)) == "{\"a\":1,\"b\":\"x\\n\\u00e9\",\"\\u00e9\":-0.0}\n");
  for (const char* const other : {"", " ", "NaN", "[Infinity]", R"("\ud800")", "1 2", "[1,]"}) {
    r.body() = other;
    CHECK_THROWS_AS(static_cast<void>(web::get_json(r)), web::http_error);
  }
}

TEST_CASE("bytes that are not UTF-8 are written as U+FFFD") {
  CHECK(web::dumps(json::array{"caf\xff"
                               "abcd",
                               "\xe2\"<x", "\xe2\x82", "\xf4\x90\x80\x80"}) ==
        "[\"caf\\ufffdabcd\",\"\\ufffd\\\"<x\",\"\\ufffd\",\"\\ufffd\\ufffd\\ufffd\\ufffd\"]\n");
}

TEST_CASE("NaN and Infinity are read where a number is allowed") {
  // Settings are read like sessions.
  const auto read = [](const char* text) {
    ::setenv("NAMED_NUMBER", text, 1);
    web::config c;
    c.from_prefixed_environment("NAMED");
    ::unsetenv("NAMED_NUMBER");
    return *c.find("NUMBER");
  };
  constexpr double infinity = std::numeric_limits<double>::infinity();

  CHECK(read("Infinity").as_floating() == infinity);
  CHECK(read(" -Infinity ").as_floating() == -infinity);
  CHECK(std::isnan(read("NaN").as_floating()));
  const web::value list = read("[NaN,\t-Infinity, Infinity,\"1Infinity\",{\"NaN\":NaN}]");
  CHECK(std::isnan(list.as_list()[0].as_floating()));
  CHECK(list.as_list()[1].as_floating() == -infinity);
  CHECK(list.as_list()[2].as_floating() == infinity);
  CHECK(list.as_list()[3].as_text() == "1Infinity");
  CHECK(std::isnan(list.as_list()[4].as_dict().find("NaN")->as_floating()));
  for (const char* const none :
       {"1Infinity", "-1NaN", "0.NaN", "1eInfinity", "NaN5", "Infinityx", "InfinityNaN", "-NaN",
        "[]NaN", "1-Infinity", "NaN NaN", "NaN-0e999", "nan", "\"NaN"}) {
    const web::value found = read(none);
    REQUIRE_MESSAGE(found.is_text(), none);
    CHECK(found.as_text() == none);
  }
}

TEST_CASE("minus zero with an exponent is a number, whatever else the text holds") {
  ::setenv("NAMED_ZEROS", "[-0e999, NaN, -0e9995, -0E999, \"-0e999\"]", 1);
  ::setenv("NAMED_ZERO", "-0e999", 1);
  web::config c;
  c.from_prefixed_environment("NAMED");
  ::unsetenv("NAMED_ZEROS");
  ::unsetenv("NAMED_ZERO");

  CHECK(c.find("ZERO")->as_floating() == 0);
  const web::list& zeros = c.find("ZEROS")->as_list();
  REQUIRE(zeros.size() == 5);
  CHECK(zeros[0].as_floating() == 0);
  CHECK(std::isnan(zeros[1].as_floating()));
  CHECK(zeros[2].as_floating() == 0);
  CHECK(zeros[3].as_floating() == 0);
  CHECK(zeros[4].as_text() == "-0e999");
}

TEST_CASE("a byte order mark before JSON is ignored") {
  web::app app;
  app.post("/", [](web::request& request) { return web::jsonify(web::get_json(request)); });
  web::test_client client(app);
  const auto post = [&](const std::string& text) {
    return client.post("/", {.data = text, .content_type = "application/json"});
  };

  CHECK(post("\xef\xbb\xbf{\"a\":1}").body == "{\"a\":1}\n");
  CHECK(post("\xef\xbb\xbf\xef\xbb\xbf{}").status == 400);
}
