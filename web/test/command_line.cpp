#include <aldis/web.hpp>
#include <aldis/web/command_line.hpp>
#include <aldis/web/test_cli_runner.hpp>

#include "life.hpp"
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace web = aldis::web;

namespace {

const web::app_options no_folders{.template_folder = "", .static_folder = ""};

std::string message_of(const web::cli_result& result) {
  return result.exception ? web::describe(result.exception) : "";
}

}  // namespace

TEST_CASE("--help lists the commands; without a command it is an error") {
  web::app app;
  app.cli().command("greet", "Greets.", [](web::command_call&) {});
  web::test_cli_runner runner(app);
  const std::string help =
      "Usage: app [OPTIONS] COMMAND [ARGUMENTS]\n\n"
      "Options:\n"
      "  --debug  Set DEBUG: see exceptions, reload templates.\n"
      "  --help   Show this and exit.\n\n"
      "Commands:\n"
      "  greet   Greets.\n"
      "  routes  List the routes.\n"
      "  run     Serve the app until Ctrl+C.\n";

  const web::cli_result asked = runner.invoke({"--help"});
  CHECK(asked.exit_code == 0);
  CHECK(asked.output == help);
  CHECK(asked.errors.empty());

  const web::cli_result nothing = runner.invoke({});
  CHECK(nothing.exit_code == 2);
  CHECK(nothing.output.empty());
  CHECK(nothing.errors == help);
}

TEST_CASE("every command has a help") {
  web::app app;
  app.cli().command("greet", "Greets.", [](web::command_call& call) { call.print("hello"); });
  web::test_cli_runner runner(app);

  CHECK(runner.invoke({"greet", "--help"}).output == "Greets.\n\nUsage: app greet [ARGUMENTS]\n");
  CHECK(runner.invoke({"run", "--help"}).output ==
        "Serve the app until Ctrl+C.\n\n"
        "Usage: app run [OPTIONS]\n\n"
        "Options:\n"
        "  --host HOST  Where to listen.\n"
        "  --port PORT  0 means a free port, which is shown.\n"
        "  --cert FILE  The certificate in PEM, for TLS.\n"
        "  --key FILE   Its private key in PEM.\n"
        "  --debug      Set DEBUG: see exceptions, reload templates.\n"
        "  --help       Show this and exit.\n");
  CHECK(runner.invoke({"routes", "--help"}).exit_code == 0);
}

TEST_CASE("routes lists routes as Flask does") {
  web::app app("app", no_folders);
  app.route("/user/<int:id>", {.methods = {"GET", "POST"}, .endpoint = "user"},
            [](int) { return ""; });
  app.route("/", {.endpoint = "index"}, [] { return ""; });
  web::test_cli_runner runner(app);

  CHECK(runner.invoke({"routes"}).output ==
        "Endpoint  Methods    Rule\n"
        "--------  ---------  --------------\n"
        "index     GET        /\n"
        "user      GET, POST  /user/<int:id>\n");
  CHECK(runner.invoke({"routes", "--sort", "added", "--all-methods"}).output ==
        "Endpoint  Methods                   Rule\n"
        "--------  ------------------------  --------------\n"
        "user      GET, POST, HEAD, OPTIONS  /user/<int:id>\n"
        "index     GET, HEAD, OPTIONS        /\n");
  CHECK(runner.invoke({"routes", "--sort=rule"}).output == runner.invoke({"routes"}).output);

  web::app none("none", no_folders);
  CHECK(web::test_cli_runner(none).invoke({"routes"}).output == "No routes were added.\n");
}

TEST_CASE("a command gets its arguments, and returns the exit code") {
  web::app app;
  app.cli().command("greet", "Greets.", [](web::command_call& call) {
    for (const std::string& name : call.arguments) call.print("hello " + name + "\n");
    call.print_error(web::current_app().name());
    return static_cast<int>(call.arguments.size());
  });

  const web::cli_result result = web::test_cli_runner(app).invoke({"greet", "ana", "--loud"});

  CHECK(result.output == "hello ana\nhello --loud\n");
  CHECK(result.errors == "app");
  CHECK(result.exit_code == 2);
  CHECK(!result.exception);
}

TEST_CASE("a command runs in the context of the app") {
  web::app app;
  life l(app);
  l.add_functions();
  app.cli().command("good", "", [&](web::command_call&) { l.add("body"); });
  app.cli().command("bad", "", [&](web::command_call&) {
    l.add("body");
    throw std::out_of_range("far away");
  });
  web::test_cli_runner runner(app);

  CHECK(runner.invoke({"good"}).exit_code == 0);
  CHECK(l.take() == "P body ta(None) TA(None) O");

  const web::cli_result bad = runner.invoke({"bad"});
  CHECK(l.take() == "P body ta(out_of_range) TA(out_of_range) O");
  CHECK(bad.exit_code == 1);
  CHECK(message_of(bad) == "std::out_of_range: far away");
}

TEST_CASE("--debug sets DEBUG") {
  web::app app;
  bool debug = false;
  app.cli().command("look", "",
                    [&](web::command_call& call) { debug = call.app.config().get<bool>("DEBUG"); });

  CHECK(web::test_cli_runner(app).invoke({"--debug", "look"}).exit_code == 0);
  CHECK(debug);
}

TEST_CASE("wrong arguments are reported, with exit code 2") {
  web::app app;
  app.cli().command("picky", "", [](web::command_call&) { throw web::bad_usage("not so"); });
  web::test_cli_runner runner(app);
  const auto told = [&](std::vector<std::string> arguments) {
    const web::cli_result result = runner.invoke(std::move(arguments));
    CHECK(result.exit_code == 2);
    const std::string begin =
        "Usage: app [OPTIONS] COMMAND [ARGUMENTS]\nTry 'app --help' for help.\n\nError: ";
    REQUIRE(result.errors.starts_with(begin));
    return result.errors.substr(begin.size());
  };

  CHECK(told({"rnu"}) == "there is no command 'rnu'; --help lists them\n");
  CHECK(told({"--port", "80", "run"}) ==
        "there is no option '--port'; options are --debug, --help\n");
  CHECK(told({"run", "--prt"}) ==
        "there is no option '--prt'; options are --host, --port, --cert, --key, --debug, --help\n");
  CHECK(told({"run", "fast"}) ==
        "'fast' is one argument too many; options are --host, --port, --cert, --key, --debug, "
        "--help\n");
  CHECK(told({"run", "--port"}) == "the option '--port' needs a value: --port PORT\n");
  CHECK(told({"run", "--debug=yes"}) == "the option '--debug' takes no value\n");
  for (const char* const port : {"", "http", "-1", "65536", "80x", " 80"}) {
    CHECK(told({"run", "--port", port}) ==
          "the port is a number from 0 to 65535, not '" + std::string(port) + "'\n");
  }
  CHECK(told({"run", "--cert", "a.pem"}) == "--cert and --key must be used together\n");
  CHECK(told({"routes", "--sort", "age"}) ==
        "routes are sorted by endpoint, methods, rule or added, not by 'age'\n");
  CHECK(told({"picky"}) == "not so\n");
}

TEST_CASE("main() shows the exception of a command, and returns 1") {
  web::app app;
  app.cli().command("bad", "", [](web::command_call&) { throw std::out_of_range("far away"); });
  const char* const bad[] = {"/usr/bin/prog", "bad"};
  const char* const nowhere[] = {"prog", "run", "--host", "not an address"};

  CHECK(app.cli().main(2, bad) == 1);
  CHECK(app.cli().main(4, nowhere) == 1);
  CHECK(app.cli().main(0, nullptr) == 2);
  // main() sets the program's name for the help.
  CHECK(web::test_cli_runner(app).invoke({"--help"}).output.starts_with("Usage: prog "));
}

TEST_CASE("names of commands are unique, without blanks, and do not look like options") {
  web::app app;
  const auto nothing = [](web::command_call&) {};
  app.cli().command("once", "", nothing);

  CHECK_THROWS_WITH_AS(app.cli().command("once", "", nothing),
                       "aldis: there is a command 'once' already", std::invalid_argument);
  for (const char* const name : {"run", "routes", "", "-x", "a b"}) {
    CHECK_THROWS_AS(app.cli().command(name, "", nothing), std::invalid_argument);
  }
}
