#pragma once

#include <aldis/export.hpp>
#include <aldis/web/detail/one_function.hpp>
#include <aldis/web/server_options.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::web {

class app;

/// A command was called as it cannot be: the command line shows the message, and ends with 2.
class ALDIS_API bad_usage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~bad_usage() override;
};

/// One call of a command.
struct command_call {
  using printer = std::function<void(std::string_view)>;

  web::app& app;
  /// What stands behind the command's name.
  std::vector<std::string> arguments;
  /// To the standard output and the standard error, as it is.
  printer print;
  printer print_error;
};

/// The commands of an app: `run`, `routes`, and its own. Reached by `app.cli()`.
///
///     int main(int argc, char** argv) {
///       web::app app;
///       ...
///       return app.cli().main(argc, argv);   // prog run --port 8080
///     }
///
/// Threads: as the app's setup.
class ALDIS_API command_line {
 public:
  explicit command_line(web::app& of);
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;
  ~command_line();

  /// `f` gets the command_call, with the context of the app being current; what it returns, if it
  /// returns an int, is what the program ends with. What it throws is shown as an error, which ends
  /// the program with 1.
  ///
  ///     app.cli().command("greet", "Greets the queen.",
  ///                       [](web::command_call& call) { call.print("Your Majesty!\n"); });
  ///
  /// Exceptions: std::invalid_argument if there is such a command, or if the name is none.
  template <detail::one_function F = detail::several_functions>
  void command(std::string name, std::string help, F f) {
    add(std::move(name), std::move(help), [f = std::move(f)](command_call& call) mutable {
      if constexpr (std::is_void_v<std::invoke_result_t<F&, command_call&>>) {
        f(call);
        return 0;
      } else {
        return f(call);
      }
    });
  }

  /// Does what the arguments of main() ask for, and returns what main() is to return: 0, 1 if that
  /// failed, 2 if it could not be understood. `run` begins with these options.
  int main(int argc, const char* const* argv, const server_options& options = {});

  /// The same for arguments without the program's name; lets out what a command throws.
  int call(std::vector<std::string> arguments, command_call::printer print,
           command_call::printer print_error, const server_options& options = {});

 private:
  using function = std::function<int(command_call&)>;
  struct command_entry {
    std::string name;
    std::string help;
    function run;
  };

  void add(std::string name, std::string help, function f);
  const command_entry* find(std::string_view name) const noexcept;
  int dispatch(command_call& given, const server_options& options);
  std::string help() const;

  web::app& app_;
  std::string program_ = "app";
  std::vector<command_entry> commands_;
};

}  // namespace aldis::web
