#include <aldis/web/app.hpp>

#include "app/app_state.hpp"
#include "app/context.hpp"
#include "app/exchange.hpp"
#include "http/text.hpp"

#include <stdexcept>
#include <utility>

namespace aldis::web {

app::app(std::string name, app_options options)
    : state_(std::make_unique<detail::app_state>(*this, std::move(name), std::move(options))) {}
app::~app() = default;

const std::string& app::name() const noexcept { return state_->name; }
config& app::config() noexcept { return state_->config; }
const config& app::config() const noexcept { return state_->config; }
logger& app::logger() noexcept { return state_->logger; }
const logger& app::logger() const noexcept { return state_->logger; }
command_line& app::cli() noexcept { return state_->commands; }

detail::hooks& app::own_hooks() {
  state_->check_setup("registering functions");
  return state_->own_hooks;
}

void app::add_route(std::string_view rule, route_options options,
                    std::shared_ptr<detail::any_handler> handler) {
  state_->add_route(rule, std::move(options), std::move(handler), "");
}

void app::set_handler(std::string_view endpoint, std::shared_ptr<detail::any_handler> handler) {
  state_->set_handler(std::string(endpoint), std::move(handler), "");
}

void app::add_teardown(std::function<void(const std::exception_ptr&)> f) {
  state_->check_setup("registering functions");
  state_->teardown_appcontext.push_back(std::move(f));
}

templates::environment& app::template_environment() { return state_->environment(); }

void app::add_template_loader(templates::loader loader) {
  state_->check_setup("adding templates");
  state_->template_loaders.insert(state_->template_loaders.begin(), std::move(loader));
}

void app::set_session_interface(std::shared_ptr<session_interface> sessions) {
  state_->check_setup("choosing where sessions are kept");
  if (!sessions) throw std::invalid_argument("aldis: the session interface is null");
  state_->sessions = std::move(sessions);
  state_->default_sessions = false;
}

std::vector<route_info> app::routes() const {
  std::vector<route_info> all;
  for (const detail::rule& each : state_->rules) {
    all.push_back({each.text(), each.target->name, each.methods()});
  }
  return all;
}

response app::handle(web::request& request) { return detail::handle_request(*this, request); }

context_scope app::app_context() { return context_scope::enter(detail::new_context(*state_)); }

context_scope app::test_request_context(web::request request) {
  auto made = detail::new_context(*state_);
  made->take_request(std::move(request));
  made->match();
  return context_scope::enter(std::move(made));
}

// Blueprints.

blueprint::blueprint(std::string name, blueprint_options options)
    : state_(std::make_shared<detail::blueprint_state>()) {
  if (name.empty() || name.find('.') != std::string::npos) {
    throw std::invalid_argument("aldis: " + detail::in_quotes(name) +
                                " is not the name of a blueprint: it has a character at least, "
                                "and no dots");
  }
  state_->name = std::move(name);
  state_->options = std::move(options);
}
blueprint::blueprint(blueprint&&) noexcept = default;
blueprint& blueprint::operator=(blueprint&&) noexcept = default;
blueprint::~blueprint() = default;

const std::string& blueprint::name() const noexcept {
  static const std::string none;
  return state_ ? state_->name : none;
}

static void check_not_moved_from(const std::shared_ptr<detail::blueprint_state>& state) {
  if (!state) throw std::logic_error("aldis: this blueprint has been moved from");
}

detail::blueprint_state& blueprint::open_state() {
  check_not_moved_from(state_);
  if (state_->registered) {
    throw std::logic_error("aldis: the blueprint " + detail::in_quotes(name()) +
                           " is registered: routes and hooks must be added before");
  }
  return *state_;
}

void blueprint::register_blueprint(const blueprint& inner, registration options) {
  detail::blueprint_state& outer = open_state();
  check_not_moved_from(inner.state_);
  if (inner.state_ == state_) {
    throw std::invalid_argument("aldis: the blueprint " + detail::in_quotes(name()) +
                                " cannot be registered on itself");
  }
  outer.blueprints.push_back({inner.state_, std::move(options)});
}

detail::hooks& blueprint::own_hooks() { return open_state().own_hooks; }
detail::hooks& blueprint::app_hooks() { return open_state().app_hooks; }

void blueprint::add_route(std::string_view rule, route_options options,
                          std::shared_ptr<detail::any_handler> handler) {
  open_state().routes.push_back({std::string(rule), std::move(options), std::move(handler)});
}

void blueprint::set_handler(std::string_view endpoint,
                            std::shared_ptr<detail::any_handler> handler) {
  open_state().handlers.push_back({std::string(endpoint), std::move(handler)});
}

void app::register_blueprint(const blueprint& added, const registration& options) {
  check_not_moved_from(added.state_);
  state_->register_blueprint(*added.state_, options, "", "");
}

}  // namespace aldis::web
