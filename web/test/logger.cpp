#include <aldis/web/logger.hpp>

#include <doctest/doctest.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace web = aldis::web;

namespace {

std::exception_ptr nested() {
  try {
    try {
      throw std::out_of_range("shelf 7");
    } catch (...) {
      std::throw_with_nested(std::runtime_error("no\njam"));
    }
  } catch (...) {
    return std::current_exception();
  }
}

}  // namespace

TEST_CASE("a sink gets the messages from its level on, unchanged") {
  web::logger log;
  std::vector<std::string> lines;
  log.set_sink([&](web::log_level level, std::string_view message) {
    lines.push_back(std::string(web::name_of(level)) + ": " + std::string(message));
  });
  log.info("not said");
  log.warning("two\nlines");
  log.set_level(web::log_level::debug);
  log.debug("said");
  CHECK(lines == std::vector<std::string>{"WARNING: two\nlines", "DEBUG: said"});
}

TEST_CASE("an exception is described in one line, with those nested in it") {
  CHECK(web::describe(nested()) ==
        "std::runtime_error: no\\x0ajam; caused by std::out_of_range: shelf 7");
}

TEST_CASE("a logged exception follows its message") {
  web::logger log;
  std::string line;
  log.set_sink([&](web::log_level level, std::string_view message) {
    CHECK(level == web::log_level::error);
    line = message;
  });
  log.exception("the shop is closed", nested());
  CHECK(line.starts_with("the shop is closed"));
  CHECK(line.find("shelf 7") != std::string::npos);
}
