#include <aldis/async/detail/forced_unwind.hpp>
#include <aldis/web/app.hpp>
#include <aldis/web/command_line.hpp>
#include <aldis/web/test_cli_runner.hpp>

#include <utility>

namespace aldis::web {

cli_result test_cli_runner::invoke(std::vector<std::string> arguments) {
  cli_result result;
  try {
    result.exit_code = app_.cli().call(
        std::move(arguments), [&](std::string_view text) { result.output += text; },
        [&](std::string_view text) { result.errors += text; });
  } catch (const aldis::detail::forced_unwind&) {
    throw;
  } catch (...) {
    result.exit_code = 1;
    result.exception = std::current_exception();
  }
  return result;
}

}  // namespace aldis::web
