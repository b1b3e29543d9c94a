// Runs `prog run --port 0 --debug` in a child process: it serves, and exits with 0 after Ctrl+C.

#include <aldis/web/app.hpp>
#include <aldis/web/command_line.hpp>

#include "server/client.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

namespace web = aldis::web;

namespace {

[[noreturn]] void serve(int standard_error) {
  dup2(standard_error, STDERR_FILENO);
  web::app app("tea");
  app.get("/", [] { return "hello"; });
  const char* const arguments[] = {"tea", "run", "--host=127.0.0.1", "--port", "0", "--debug"};
  std::exit(app.cli().main(6, arguments, {.port = 1, .threads = 1}));
}

std::string read_banner(int from) {
  std::string text;
  char byte = 0;
  while (!text.ends_with("quit\n") && read(from, &byte, 1) == 1) text.push_back(byte);
  return text;
}

int run() {
  int its_error[2] = {};
  if (pipe(its_error) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) serve(its_error[1]);
  close(its_error[1]);

  const std::string banner = read_banner(its_error[0]);
  const std::string begin =
      " * Serving aldis app 'tea'\n * Debug mode: on\n * Running on http://127.0.0.1:";
  std::string response;
  if (banner.starts_with(begin)) {
    client its(static_cast<std::uint16_t>(std::stoi(banner.substr(begin.size()))));
    its.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    response = its.receive();
  }
  kill(child, SIGINT);
  int status = 0;
  waitpid(child, &status, 0);
  close(its_error[0]);

  const bool ended_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (response == "200 hello" && ended_well) return 0;
  std::fprintf(stderr, "banner:\n%s\nanswer: %s\nstatus: %d\n", banner.c_str(), response.c_str(),
               status);
  return 1;
}

}  // namespace

int main() {
  try {
    return run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
