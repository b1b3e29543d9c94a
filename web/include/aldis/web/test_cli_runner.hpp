#pragma once

#include <aldis/export.hpp>

#include <exception>
#include <string>
#include <vector>

namespace aldis::web {

class app;

/// What a command did.
struct cli_result {
  int exit_code = 0;
  std::string output = {};
  std::string errors = {};
  /// What it threw, or null.
  std::exception_ptr exception = nullptr;
};

/// Calls the commands of an app as its command line would, without a process.
///
///     CHECK(web::test_cli_runner(app).invoke({"greet"}).output == "Your Majesty!\n");
class ALDIS_API test_cli_runner {
 public:
  explicit test_cli_runner(app& of) : app_(of) {}

  cli_result invoke(std::vector<std::string> arguments);

 private:
  app& app_;
};

}  // namespace aldis::web
