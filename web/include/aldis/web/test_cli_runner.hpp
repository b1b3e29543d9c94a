#pragma once

#include <aldis/export.hpp>

#include <exception>
#include <string>
#include <vector>

namespace aldis::web {

class app;

/// The result of a command.
struct cli_result {
  int exit_code = 0;
  std::string output = {};
  std::string errors = {};
  /// The exception that it threw, or null.
  std::exception_ptr exception = nullptr;
};

/// Runs commands of an app like its command line, without a process.
///
///     CHECK(web::test_cli_runner(app).invoke({"greet"}).output == "Your Majesty!\n");
class ALDIS_API test_cli_runner {
 public:
  explicit test_cli_runner(app& app) : app_(app) {}

  cli_result invoke(std::vector<std::string> arguments);

 private:
  app& app_;
};

}  // namespace aldis::web
