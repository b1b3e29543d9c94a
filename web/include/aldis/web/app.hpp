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
  /// The folder that the following ones are relative to.
  std::string root_path = ".";
  std::string template_folder = "templates";
  /// Its files are served under `static_url_path`; the endpoint is `static`. Empty: none.
  std::string static_folder = "static";
  std::string static_url_path = "/static";
};

/// A web application: routes, hooks and settings. It is the sender of the signals of web.
///
///     web::app app;
///     app.route("/", [] { return "hello"; });
///     app.run();
///
/// Threads: one thread sets the app up. Setup ends with the first request, or when a server is
/// constructed. After that, all other members may be called from any thread.
/// Lifetime: must outlive its requests, contexts and clients. Cannot be moved: return a
/// std::unique_ptr from functions that create an app.
class ALDIS_API app final : public scaffold {
 public:
  explicit app(std::string name = "app", app_options options = {});
  ~app() override;

  const std::string& name() const noexcept;
  /// The settings.
  web::config& config() noexcept;
  const web::config& config() const noexcept;
  const web::logger& logger() const noexcept;
  web::logger& logger() noexcept;

  /// The environment that renders the app's templates. Add filters, tests and globals to it; that
  /// needs <aldis/templates/environment.hpp>. Set options that concern templates before the first
  /// call.
  templates::environment& template_environment();
  /// Adds a loader for templates, which is tried before the existing ones.
  void add_template_loader(templates::loader loader);

  /// Sets how sessions are stored.
  ///
  /// Exceptions: std::invalid_argument if it is null.
  void set_session_interface(std::shared_ptr<session_interface> sessions);

  /// Adds the routes and hooks of a blueprint.
  ///
  /// Exceptions: std::invalid_argument if a blueprint of that name is registered already.
  void register_blueprint(const blueprint& added, const registration& options = {});
  /// `f` is called when the context of an app or request ends, after teardown_request, in reverse
  /// order of registration.
  template <detail::one_function F = detail::several_functions>
  void teardown_appcontext(F f) {
    add_teardown(detail::teardown_hook(std::move(f)));
  }

  /// Handles a request without a server. A coroutine handler is run to its end.
  ///
  /// Exceptions: exceptions without an error handler, if TESTING, DEBUG or PROPAGATE_EXCEPTIONS is
  /// set; exceptions not derived from std::exception; teardown_error.
  response handle(web::request& request);

  /// Serves until Ctrl+C or SIGTERM, then finishes the current requests and returns. The URL and a
  /// line for each request are written to the standard error. A second Ctrl+C closes all
  /// connections, see server::stop(); a third one ends the program.
  ///
  ///     app.run({.port = 8080});
  ///
  /// Exceptions: see server.
  void run(const server_options& options = {});

  /// The commands of the program: `run`, `routes`, and those you add. Needs
  /// <aldis/web/command_line.hpp>.
  command_line& cli() noexcept;

  /// Makes a context without a request current. This does not end setup.
  ///
  ///     auto here = app.app_context();
  ///     std::puts(web::current_app().name().c_str());
  context_scope app_context();
  /// Makes the context of this request current, without handling the request. This does not end
  /// setup.
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
