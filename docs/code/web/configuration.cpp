// The code of docs/guide/configuration.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace web = aldis::web;

TEST_CASE("settings come from code, a file and the environment") {
  const auto folder = std::filesystem::temp_directory_path() / "aldis-docs-configuration";
  std::filesystem::create_directories(folder);
  const std::string path = (folder / "settings.json").string();
  std::ofstream(path) << R"({"SECRET_KEY": "long and random", "MAIL": {"HOST": "localhost"}})";
  ::setenv("KINGDOM_MAIL__PORT", "2525", 1);
  ::setenv("KINGDOM_TESTING", "true", 1);
  web::app app;

  //[all]
  app.config()["MOTTO"] = "hic sunt leones";
  app.config().from_json_file(path);  // {"SECRET_KEY": "...", "MAIL": {...}}
  app.config().from_prefixed_environment(
      "KINGDOM");  // KINGDOM_TESTING=true KINGDOM_MAIL__PORT=2525

  const bool testing = app.config().get<bool>("TESTING");
  const auto motto = app.config().get<std::string>("MOTTO");
  const web::dict mail = app.config().get<web::dict>("MAIL");
  //[/all]

  CHECK(testing);
  CHECK(motto == "hic sunt leones");
  CHECK(mail.find("HOST")->as_text() == "localhost");
  CHECK(mail.find("PORT")->as_integer() == 2525);
  CHECK(app.config().get<std::string>("SECRET_KEY") == "long and random");
  std::filesystem::remove_all(folder);
}

TEST_CASE("a setting that is missing, or has another type, throws bad_setting") {
  web::app app;
  app.config()["PORT"] = "80";
  std::string told;

  //[bad]
  try {
    app.config().get<int>("PORT");
  } catch (const web::bad_setting& error) {
    told = error.what();
  }
  //[/bad]

  CHECK(told.starts_with("aldis: the setting 'PORT'"));
  CHECK_THROWS_AS(app.config().get<int>("PROT"), web::bad_setting);
}
