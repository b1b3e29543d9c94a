// app.run() in a child: it says where it serves, answers, logs, and ends by Ctrl+C with success.

#include <aldis/web/app.hpp>

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
  app.run({.port = 0, .threads = 1});
  std::exit(42);
}

/// Reads what the child says until it has said that.
std::string read_until(int from, const std::string& end) {
  std::string text;
  char byte = 0;
  while (text.find(end) == std::string::npos && read(from, &byte, 1) == 1) text.push_back(byte);
  return text;
}

int check(bool well, const char* what) {
  if (!well) std::fprintf(stderr, "%s\n", what);
  return well ? 0 : 1;
}

int try_signal(int number) {
  int its_error[2];
  if (pipe(its_error) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) serve(its_error[1]);
  close(its_error[1]);

  const std::string banner = read_until(its_error[0], "quit\n");
  const std::string begin =
      " * Serving aldis app 'tea'\n * Debug mode: off\n * Running on http://127.0.0.1:";
  int failed = check(banner.substr(0, begin.size()) == begin, banner.c_str());
  const std::string rest = banner.substr(begin.size());
  client one(static_cast<std::uint16_t>(std::stoi(rest)));
  failed += check(rest.substr(rest.find('\n')) == "\nPress CTRL+C to quit\n", rest.c_str());
  one.say("GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n");
  failed += check(one.hear() == "200 hello", "no answer");
  const std::string line = read_until(its_error[0], "\n");
  failed += check(line.find("\"GET /?a=b HTTP/1.1\" 200 -") != std::string::npos, line.c_str());

  kill(child, number);
  failed += check(one.hear_all().empty(), "said something");
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 1;
  failed += check(WIFEXITED(status) && WEXITSTATUS(status) == 42, "did not end well");
  close(its_error[0]);
  return failed;
}

}  // namespace

int main() {
  try {
    return try_signal(SIGINT) + try_signal(SIGTERM);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
