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

/// What a blueprint recorded, until it is registered.
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

  struct late_handler {
    std::string endpoint;
    std::shared_ptr<any_handler> handler;
  };

  std::string name;
  blueprint_options options;
  std::vector<route> routes;
  std::vector<late_handler> handlers;  // of endpoints whose routes have none
  std::vector<inner> blueprints;
  hooks own;
  hooks of_app;
  std::atomic<bool> registered{false};  // on any app: it is too late to change it
};

/// The functions around the handlers of one endpoint: the app's, then those of its blueprints from
/// the outermost in.
using hook_chain = std::vector<const hooks*>;

struct endpoint {
  std::string name;
  std::string blueprint;
  std::shared_ptr<any_handler> handler;  // null: none yet, or for url_for only
  bool blocking = false;                 // the handler, by whatever rule it is asked
  std::vector<std::string> parameters;   // the names of the values that the handler takes
  hook_chain chain;
  std::vector<rule*> rules;  // in the order in which url_for asks them

  /// The names of the handler's values, in its order; its rules find them so.
  void take_values_as(std::vector<std::string> names);
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

/// Settings that are looked at for every request; read for the last time when the first one comes.
struct settings {
  bool debug = false;
  bool testing = false;
  bool propagate = false;
  bool trap_http_errors = false;
  std::string server_name;
  std::string preferred_scheme;
  std::string root;  // of the application, in front of paths; without a slash at its end
  form_limits forms;
  std::optional<std::size_t> json_memory;
  session_settings session;

  bool operator==(const settings&) const = default;
};

/// What has ended the setting up.
enum class begun_by : unsigned char { nothing, server, request };

struct app_state {
  app_state(app& of, std::string app_name, app_options app_folders);
  ~app_state();

  /// Exceptions: std::logic_error if the app has begun.
  void check_setup(std::string_view what) const;
  void add_route(std::string_view text, route_options options, std::shared_ptr<any_handler> handler,
                 const std::string& blueprint);
  void register_blueprint(blueprint_state& one, const registration& options,
                          const std::string& outer_name, const std::string& outer_prefix);
  /// The handler of an endpoint, whose rules come without one.
  void set_handler(std::string endpoint_name, std::shared_ptr<any_handler> handler,
                   const std::string& blueprint);
  /// From now on nothing is set up any more. Called for every request, and by servers.
  void begin(begun_by what) {
    if (begun_.load(std::memory_order_acquire) < what) begin_once(what);
  }
  /// Settings as they are now, if the app is still set up. Called for every other context.
  void refresh();
  /// Made when it is first asked for.
  templates::environment& environment();
  std::string under_root(const std::string& folder) const;
  void add_static_route(const std::string& folder, const std::string& url_path,
                        const std::string& blueprint);

  /// The host in URLs made for this request: SERVER_NAME if it is set, since a client may name any.
  std::string_view host_for(const request& one) const {
    return settings.server_name.empty() ? one.host() : std::string_view(settings.server_name);
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
  hooks own;
  std::map<std::string, hooks, std::less<>> blueprint_hooks;
  std::set<std::shared_ptr<const blueprint_state>> blueprints;  // kept: no other has its address
  std::vector<std::function<void(const std::exception_ptr&)>> teardown_appcontext;
  std::deque<rule> rules;
  std::map<std::string, endpoint, std::less<>> endpoints;
  detail::matcher matcher;
  std::vector<templates::loader> template_loaders;
  hook_chain app_chain;
  detail::settings settings;
  std::shared_ptr<session_interface> sessions;
  // The framework's own, which need not be asked where there is no cookie.
  bool default_sessions = true;

  static app_state& of(app& one) noexcept { return *one.state_; }

  /// A loop for a coroutine that no server runs. It goes back when the coroutine has answered, and
  /// lives as long as the app: another thread may still be leaving it.
  std::shared_ptr<boost::asio::io_context> take_loop();
  void give_back(std::shared_ptr<boost::asio::io_context> loop);

 private:
  /// What a rule without one is called: the rule, or `POST /rule` if that is the name of a handler
  /// for other methods.
  std::string free_endpoint(const std::string& prefix, std::string_view text,
                            const std::vector<std::string>& methods,
                            const any_handler* handler) const;
  /// The endpoint of this name, new or not.
  endpoint& endpoint_of(const std::string& endpoint_name, const std::string& blueprint);
  hook_chain chain_for(const std::string& blueprint) const;
  void begin_once(begun_by what);
  void read_settings();

  std::atomic<begun_by> begun_{begun_by::nothing};
  std::mutex beginning_;
  std::mutex making_environment_;
  std::unique_ptr<templates::environment> environment_;
  std::mutex lending_;
  // Last, and so gone first: what waits there may need the others.
  std::vector<std::shared_ptr<boost::asio::io_context>> loops_;
};

}  // namespace aldis::web::detail
