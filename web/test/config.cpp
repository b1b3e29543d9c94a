#include <aldis/web.hpp>
#include <aldis/web/config.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace web = aldis::web;

TEST_CASE("settings have types") {
  web::config c;
  c["NAME"] = "kingdom";
  c["PORT"] = 8080;

  CHECK(c.get<std::string>("NAME") == "kingdom");
  CHECK(c.get<int>("PORT") == 8080);
  CHECK(!c.get<bool>("DEBUG"));
  CHECK(!c.get_if<std::string>("SECRET_KEY"));
  CHECK(!c.get_if<std::string>("NOWHERE"));
  CHECK_THROWS_WITH_AS(c.get<int>("NOWHERE"), "aldis: there is no setting 'NOWHERE'",
                       web::bad_setting);
  CHECK_THROWS_AS(c.get<int>("NAME"), web::bad_setting);
  CHECK_THROWS_WITH_AS(c["name"],
                       "aldis: 'name' is not the name of a setting: upper case, digits and _ are "
                       "allowed",
                       web::bad_setting);
}

TEST_CASE("settings are read from a dict, a file and the environment") {
  web::config c;
  c.from_mapping({{"FROM_DICT", 1}, {"ignored", 2}});
  CHECK(c.get<int>("FROM_DICT") == 1);
  CHECK(!c.contains("ignored"));

  const auto path = std::filesystem::temp_directory_path() / "aldis-web-config.json";
  std::ofstream(path) << R"({"FROM_FILE": [1, 2], "SECRET_KEY": "x"})";
  c.from_json_file(path.string());
  CHECK(c.get<std::vector<int>>("FROM_FILE") == std::vector{1, 2});
  CHECK(c.get<std::string>("SECRET_KEY") == "x");
  std::ofstream(path) << "[1]";
  CHECK_THROWS_AS(c.from_json_file(path.string()), web::bad_setting);
  ::setenv("ALDIS_TEST_SETTINGS", path.c_str(), 1);
  CHECK_THROWS_AS(c.from_environment_variable("ALDIS_TEST_SETTINGS"), web::bad_setting);
  std::filesystem::remove(path);
  CHECK_THROWS_AS(c.from_json_file(path.string()), web::bad_setting);
  CHECK_THROWS_AS(c.from_environment_variable("ALDIS_TEST_NOTHING"), web::bad_setting);

  ::setenv("KINGDOM_PORT", "8080", 1);
  ::setenv("KINGDOM_MOTTO", "hic sunt leones", 1);
  ::setenv("KINGDOM_DB__HOST__NAME", "localhost", 1);
  c.from_prefixed_environment("KINGDOM");
  CHECK(c.get<int>("PORT") == 8080);
  CHECK(c.get<std::string>("MOTTO") == "hic sunt leones");
  CHECK(c.find("DB")->as_dict().find("HOST")->as_dict().find("NAME")->as_text() == "localhost");

  CHECK(c.get_namespace("FROM_").size() == 2);
  CHECK(c.get_namespace("FROM_").contains("dict"));
}

TEST_CASE("a flag may be 1 or 0, as it often is in the environment") {
  web::app app;
  app.config()["SECRET_KEY"] = "secret";
  ::setenv("KINGDOM_SESSION_COOKIE_SECURE", "1", 1);
  ::setenv("KINGDOM_SESSION_COOKIE_HTTPONLY", "0", 1);
  app.config().from_prefixed_environment("KINGDOM");
  ::unsetenv("KINGDOM_SESSION_COOKIE_SECURE");
  ::unsetenv("KINGDOM_SESSION_COOKIE_HTTPONLY");
  app.route("/", [] {
    web::session()["n"] = 1;
    return "";
  });

  const std::string cookie(web::test_client(app).get("/").headers["Set-Cookie"]);

  CHECK(cookie.ends_with("; Secure; Path=/"));
  CHECK(app.config().get<bool>("SESSION_COOKIE_SECURE"));
  CHECK(app.config().get_if<bool>("SESSION_COOKIE_HTTPONLY") == false);
  for (const web::value& other : {web::value(2), web::value(-1), web::value(1.0)}) {
    app.config()["FLAG"] = other;
    CHECK_THROWS_AS(app.config().get<bool>("FLAG"), web::bad_setting);
  }
  app.config()["FLAG"] = "1";
  CHECK_THROWS_WITH_AS(app.config().get<bool>("FLAG"),
                       "aldis: the setting 'FLAG': expected bool, 0 or 1, got str",
                       web::bad_setting);
}

TEST_CASE("an invalid setting is reported before the first request is handled") {
  web::app app;
  bool handled = false;
  app.route("/", [&] {
    handled = true;
    return "";
  });

  SUBCASE("an unknown word") {
    app.config()["SESSION_COOKIE_SAMESITE"] = "Laxx";
    CHECK_THROWS_WITH_AS(web::test_client(app).get("/"),
                         "aldis: the setting SESSION_COOKIE_SAMESITE is Strict, Lax or None, not "
                         "'Laxx'",
                         web::bad_setting);
  }
  SUBCASE("another type") {
    app.config()["DEBUG"] = "on";
    CHECK_THROWS_AS(app.app_context(), web::bad_setting);
  }
  CHECK(!handled);
  CHECK(!web::has_app_context());
}
