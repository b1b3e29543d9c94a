#pragma once

#include <aldis/export.hpp>
#include <aldis/sender.hpp>
#include <aldis/templates/fwd.hpp>
#include <aldis/templates/loader.hpp>
#include <aldis/web/blueprint.hpp>
#include <aldis/web/config.hpp>
#include <aldis/web/context.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/logger.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/response.hpp>
#include <aldis/web/routing.hpp>
#include <aldis/web/scaffold.hpp>
#include <aldis/web/server_options.hpp>
#include <aldis/web/session.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::web {

namespace detail {
struct app_state;
}

struct app_options {
  /// What the folders below are relative to.
  std::string root_path = ".";
  std::string template_folder = "templates";
  /// Files under `static_url_path`; the endpoint is `static`. Empty: none.
  std::string static_folder = "static";
  std::string static_url_path = "/static";
};

/// A web application: routes, functions around them, settings. Senders of the signals of its life.
///
///     web::app app;
///     app.route("/", [] { return "hello"; });
///     app.run();
///
/// Threads: set up by one thread; after the first request, or with a server, nothing may be set up
/// any more. Everything else may be done from any thread once nothing is set up.
/// Lifetime: must outlive its requests, contexts and clients. Stays where it is: a function that
/// makes one returns a std::unique_ptr.
class ALDIS_API app final : public scaffold {
 public:
  explicit app(std::string name = "app", app_options options = {});
  ~app() override;

  const std::string& name() const noexcept;
  /// Settings; see config.
  web::config& config() noexcept;
  const web::config& config() const noexcept;
  const web::logger& logger() const noexcept;
  web::logger& logger() noexcept;

  /// What renders the app's templates: filters, tests and globals are added to it; needs
  /// <aldis/templates/environment.hpp>. Settings that concern templates come before.
  templates::environment& template_environment();
  /// Another place for templates, looked at before those that there are.
  void add_template_loader(templates::loader loader);

  /// Where sessions are kept. Exceptions: std::invalid_argument if it is null.
  void set_session_interface(std::shared_ptr<session_interface> sessions);

  /// Exceptions: std::invalid_argument if a blueprint of that name is registered already.
  void register_blueprint(const blueprint& one, const registration& options = {});
  /// When the context of an app or request ends, after teardown_request, in reverse order.
  template <detail::one_function F = detail::several_functions>
  void teardown_appcontext(F f) {
    add_teardown(detail::teardown_hook(std::move(f)));
  }

  /// The answer to a request, without a server. A coroutine handler is run to its end.
  ///
  /// Exceptions: what nobody took, if TESTING, DEBUG or PROPAGATE_EXCEPTIONS is set; what is not a
  /// std::exception; teardown_error.
  response handle(web::request& request);

  /// Serves until Ctrl+C or SIGTERM: says where on the standard error, writes a line there for each
  /// request, and returns when those that are running are answered. Ctrl+C again does not wait for
  /// them; once more, and the system ends the program.
  ///
  ///     app.run({.port = 8080});
  ///
  /// Exceptions: as of server.
  void run(const server_options& options = {});

  /// The commands of the program: `run`, `routes`, and those that are added. Needs
  /// <aldis/web/command_line.hpp>.
  command_line& cli() noexcept;

  /// Makes a context current in which there is no request. The app may be set up afterwards.
  ///
  ///     auto here = app.app_context();
  ///     std::puts(web::current_app().name().c_str());
  context_scope app_context();
  /// Makes the context of this request current, without handling it. The app may be set up
  /// afterwards.
  context_scope test_request_context(web::request request = web::request());

  /// All routes, in the order in which they were added.
  std::vector<route_info> routes() const;

 private:
  friend struct detail::app_state;

  detail::hooks& own_hooks() override;
  void add_route(std::string_view rule, route_options options,
                 std::shared_ptr<detail::any_handler> handler) override;
  void set_handler(std::string_view endpoint,
                   std::shared_ptr<detail::any_handler> handler) override;
  void add_teardown(std::function<void(const std::exception_ptr&)> f);

  sender_scope scope_;
  std::unique_ptr<detail::app_state> state_;
};

}  // namespace aldis::web
