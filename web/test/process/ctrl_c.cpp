// Runs app.run() in a child process: it prints its URL, responds, logs, and exits with 0 after
// Ctrl+C. If a handler does not end, the second Ctrl+C closes its connection, and the third one
// ends the program.

#include <aldis/web/app.hpp>

#include "server/client.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
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
  app.route("/hangs", {.blocking = true}, []() -> std::string {
    std::fputs("hangs\n", stderr);
    for (;;) pause();
  });
  app.run({.port = 0, .threads = 1});
  std::exit(42);
}

/// A child process that serves, and its standard error.
struct served {
  served() {
    if (pipe(its_error) != 0) std::abort();
    child = fork();
    if (child == 0) serve(its_error[1]);
    close(its_error[1]);
  }
  served(const served&) = delete;
  served& operator=(const served&) = delete;
  ~served() { close(its_error[0]); }

  pid_t child = 0;
  int its_error[2] = {};
};

/// Reads output of the child up to and including `end`.
std::string read_until(int from, const std::string& end) {
  std::string text;
  char byte = 0;
  while (text.find(end) == std::string::npos && read(from, &byte, 1) == 1) text.push_back(byte);
  return text;
}

int check(bool passed, const char* what) {
  if (!passed) std::fprintf(stderr, "%s\n", what);
  return passed ? 0 : 1;
}

int check_banner(const std::string& banner, const std::string& begin) {
  const std::string address = banner.substr(std::min(begin.size(), banner.size()));
  return check(banner.substr(0, begin.size()) == begin, banner.c_str()) +
         check(address.substr(address.find('\n')) == "\nPress CTRL+C to quit\n", banner.c_str());
}

int end_by(int number) {
  const served one;
  const std::string banner = read_until(one.its_error[0], "quit\n");
  const std::string begin =
      " * Serving aldis app 'tea'\n * Debug mode: off\n * Running on http://127.0.0.1:";
  int failed = check_banner(banner, begin);
  client its(static_cast<std::uint16_t>(std::stoi(banner.substr(begin.size()))));
  its.send("GET /?a=b HTTP/1.1\r\nHost: a\r\n\r\n");
  failed += check(its.receive() == "200 hello", "no response");
  const std::string line = read_until(one.its_error[0], "\n");
  failed += check(line.find("\"GET /?a=b HTTP/1.1\" 200 -") != std::string::npos, line.c_str());

  kill(one.child, number);
  failed += check(its.receive_all().empty(), "sent something");
  int status = 0;
  if (waitpid(one.child, &status, 0) != one.child) return 1;
  return failed + check(WIFEXITED(status) && WEXITSTATUS(status) == 42, "did not end well");
}

int end_what_hangs() {
  const served one;
  const std::string banner = read_until(one.its_error[0], "quit\n");
  const auto port =
      static_cast<std::uint16_t>(std::stoi(banner.substr(banner.find("127.0.0.1:") + 10)));
  client idle(port);
  client hanging(port);
  idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  int failed = check(idle.receive() == "200 hello", "no response");
  hanging.send("GET /hangs HTTP/1.1\r\nHost: a\r\n\r\n");
  read_until(one.its_error[0], "hangs\n");

  kill(one.child, SIGINT);
  failed += check(idle.receive_all().empty(), "sent something");
  failed += check(!hanging.readable(), "did not wait");
  kill(one.child, SIGINT);
  failed += check(hanging.receive_all().empty(), "sent something");
  // Until the default action applies again.
  int status = 0;
  while (waitpid(one.child, &status, WNOHANG) == 0) kill(one.child, SIGINT);
  return failed + check(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "was not ended");
}

}  // namespace

int main() {
  try {
    return end_by(SIGINT) + end_by(SIGTERM) + end_what_hangs();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
