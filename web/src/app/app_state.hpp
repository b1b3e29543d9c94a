#pragma once

#include <aldis/web/app.hpp>
#include <aldis/web/command_line.hpp>
#include <aldis/web/cookie.hpp>
#include <aldis/web/session.hpp>

#include "routing/matcher.hpp"
#include "routing/rule.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace aldis::web::detail {

/// What was added to a blueprint; registering it adds all of that to the app.
struct blueprint_state : std::enable_shared_from_this<blueprint_state> {
  struct route {
    std::string rule;
    route_options options;
    std::shared_ptr<any_handler> handler;
  };
  struct inner {
    std::shared_ptr<blueprint_state> state;
    registration options;
  };

  struct endpoint_handler {
    std::string endpoint;
    std::shared_ptr<any_handler> handler;
  };

  std::string name;
  blueprint_options options;
  std::vector<route> routes;
  std::vector<endpoint_handler> handlers;  // from endpoint()
  std::vector<inner> blueprints;
  hooks own_hooks;
  hooks app_hooks;
  std::atomic<bool> registered{false};  // on any app: it cannot be changed any more
};

/// The hooks of one endpoint: those of the app, then those of its blueprints, outermost first.
using hook_chain = std::vector<const hooks*>;

struct endpoint {
  std::string name;
  std::string blueprint;
  std::shared_ptr<any_handler> handler;  // null if it is not set (yet)
  bool blocking = false;                 // for all rules of the endpoint
  std::vector<std::string> parameters;   // the names of the values that the handler takes
  hook_chain chain;
  std::vector<rule*> rules;  // in the order in which url_for tries them

  /// Sets the names of the handler's values, in its order, and updates the rules.
  void set_parameters(std::vector<std::string> names);
};

struct session_settings {
  std::vector<std::string> secrets;  // the first one signs
  std::string cookie_name;
  cookie_options cookie;
  std::int64_t lifetime = 0;
  std::size_t max_cookie_size = 0;
  bool refresh = true;

  bool operator==(const session_settings&) const = default;
};

/// The settings that every request uses. They are read for the last time when setup ends.
struct settings {
  bool debug = false;
  bool testing = false;
  bool propagate = false;
  bool trap_http_errors = false;
  std::string server_name;
  std::string preferred_scheme;
  std::string root;  // APPLICATION_ROOT without a slash at its end
  form_limits forms;
  std::optional<std::size_t> json_memory;
  session_settings session;

  bool operator==(const settings&) const = default;
};

/// What has ended setup.
enum class setup_end : unsigned char { none, server, request };

struct app_state {
  app_state(app& of, std::string app_name, app_options app_folders);
  ~app_state();

  /// Exceptions: std::logic_error if setup has ended.
  void check_setup(std::string_view what) const;
  void add_route(std::string_view text, route_options options, std::shared_ptr<any_handler> handler,
                 const std::string& blueprint);
  void register_blueprint(blueprint_state& added, const registration& options,
                          const std::string& outer_name, const std::string& outer_prefix);
  /// Sets the handler of an endpoint whose rules have none.
  void set_handler(std::string endpoint_name, std::shared_ptr<any_handler> handler,
                   const std::string& blueprint);
  /// Ends setup. Called for every request, and by servers.
  void end_setup(setup_end what) {
    if (setup_end_.load(std::memory_order_acquire) < what) end_setup_once(what);
  }
  /// Reads the settings again unless setup has ended. Called for contexts without a request from a
  /// client.
  void refresh();
  /// Created on first use.
  templates::environment& environment();
  std::string under_root(const std::string& folder) const;
  void add_static_route(const std::string& folder, const std::string& url_path,
                        const std::string& blueprint);

  /// The host for URLs made during this request: SERVER_NAME if it is set, because a client can
  /// send any host.
  std::string_view host_for(const request& request) const {
    return settings.server_name.empty() ? request.host() : std::string_view(settings.server_name);
  }

  const hook_chain& chain_of(const rule* found) const noexcept {
    return found ? found->target->chain : app_chain;
  }

  app& self;
  std::string name;
  app_options folders;
  web::config config;
  web::logger logger;
  command_line commands;
  hooks own_hooks;
  std::map<std::string, hooks, std::less<>> blueprint_hooks;
  // Shared, so that no other blueprint can reuse the address.
  std::set<std::shared_ptr<const blueprint_state>> blueprints;
  std::vector<std::function<void(const std::exception_ptr&)>> teardown_appcontext;
  std::deque<rule> rules;
  std::map<std::string, endpoint, std::less<>> endpoints;
  detail::matcher matcher;
  std::vector<templates::loader> template_loaders;
  hook_chain app_chain;
  detail::settings settings;
  std::shared_ptr<session_interface> sessions;
  // Then sessions without a cookie need not be opened.
  bool default_sessions = true;

  static app_state& of(app& app) noexcept { return *app.state_; }

  /// An io_context for a coroutine that runs without a server. It must be returned when the
  /// coroutine has ended, and lives as long as the app: another thread may still be inside it.
  std::shared_ptr<boost::asio::io_context> borrow_io_context();
  void return_io_context(std::shared_ptr<boost::asio::io_context> io_context);

 private:
  /// The default name of an endpoint: the rule, or `POST /rule` if another handler, for other
  /// methods, has that name.
  std::string choose_endpoint(const std::string& prefix, std::string_view text,
                              const std::vector<std::string>& methods,
                              const any_handler* handler) const;
  /// The endpoint of this name, created if it is new.
  endpoint& get_endpoint(const std::string& endpoint_name, const std::string& blueprint);
  hook_chain chain_for(const std::string& blueprint) const;
  void end_setup_once(setup_end what);
  void read_settings();

  std::atomic<setup_end> setup_end_{setup_end::none};
  std::mutex setup_mutex_;
  std::mutex environment_mutex_;
  std::unique_ptr<templates::environment> environment_;
  std::mutex io_contexts_mutex_;
  // Last, so it is destroyed first: what is pending there may need the other members.
  std::vector<std::shared_ptr<boost::asio::io_context>> io_contexts_;
};

}  // namespace aldis::web::detail
