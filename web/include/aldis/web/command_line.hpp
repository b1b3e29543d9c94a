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

/// Thrown when a command is called with wrong arguments. The command line shows the message and
/// exits with 2.
class ALDIS_API bad_usage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~bad_usage() override;
};

/// A call of a command.
struct command_call {
  using printer = std::function<void(std::string_view)>;

  web::app& app;
  /// The arguments after the command's name.
  std::vector<std::string> arguments;
  /// Write text, unchanged, to the standard output and the standard error.
  printer print;
  printer print_error;
};

/// The commands of an app: `run`, `routes`, and those you add. Accessed by `app.cli()`.
///
///     int main(int argc, char** argv) {
///       web::app app;
///       ...
///       return app.cli().main(argc, argv);   // prog run --port 8080
///     }
///
/// Threads: see app; commands are part of its setup.
class ALDIS_API command_line {
 public:
  explicit command_line(web::app& app);
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;
  ~command_line();

  /// Adds a command. `f` is called with the command_call, in a context of the app. If it returns an
  /// int, that is the exit code. If it throws, the message is shown and the exit code is 1.
  ///
  ///     app.cli().command("greet", "Greets the queen.",
  ///                       [](web::command_call& call) { call.print("Your Majesty!\n"); });
  ///
  /// Exceptions: std::invalid_argument if the command exists already, or if the name is not valid.
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

  /// Runs the command that the arguments of main() name, and returns the exit code: 0, 1 if the
  /// command failed, 2 if the arguments are wrong. `options` are the defaults of `run`.
  int main(int argc, const char* const* argv, const server_options& options = {});

  /// The same with arguments that do not include the program's name. Exceptions of a command are
  /// not caught.
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
  int dispatch(command_call& call, const server_options& options);
  std::string help() const;

  web::app& app_;
  std::string program_ = "app";
  std::vector<command_entry> commands_;
};

}  // namespace aldis::web
