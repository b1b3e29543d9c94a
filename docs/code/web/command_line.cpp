// The code of docs/guide/command-line.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <string>

namespace web = aldis::web;

namespace {

//[main]
int kingdom(int argc, char** argv) {
  web::app app("kingdom");
  app.route("/", {.endpoint = "index"}, [] { return "Long live the queen!"; });
  app.route("/user/<int:id>", {.methods = {"GET", "POST"}, .endpoint = "user"},
            [](int id) { return "user " + std::to_string(id); });

  app.cli().command("crown", "Crowns somebody.", [](web::command_call& call) {
    if (call.arguments.size() != 1) throw web::bad_usage("crown needs one name");
    call.print("Long live " + call.arguments.front() + "!\n");
  });

  return app.cli().main(argc, argv);
}
//[/main]

}  // namespace

TEST_CASE("main() returns the exit code") {
  std::string words[] = {"kingdom", "routes", "--sort", "colour"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};

  CHECK(kingdom(2, argv) == 0);
  CHECK(kingdom(4, argv) == 2);
}

TEST_CASE("a command is tested without a process") {
  web::app app;
  app.cli().command("crown", "Crowns somebody.", [](web::command_call& call) {
    if (call.arguments.size() != 1) throw web::bad_usage("crown needs one name");
    call.print("Long live " + call.arguments.front() + "!\n");
  });

  //[runner]
  web::test_cli_runner runner(app);
  CHECK(runner.invoke({"crown", "Ana"}).output == "Long live Ana!\n");
  CHECK(runner.invoke({"crown"}).exit_code == 2);
  //[/runner]
}
