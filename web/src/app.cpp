#include <aldis/web/app.hpp>

#include "app_state.hpp"
#include "context.hpp"
#include "exchange.hpp"
#include "text.hpp"

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

detail::hooks& app::own() {
  state_->check_setup("registering functions");
  return state_->own;
}

void app::add_route(std::string_view rule, route_options options,
                    std::shared_ptr<detail::view> handler) {
  state_->add_route(rule, std::move(options), std::move(handler), "");
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

void app::register_blueprint(const blueprint& one, const registration& options) {
  state_->register_blueprint(*one.state_, options, "", "");
}

std::vector<route_info> app::routes() const {
  std::vector<route_info> all;
  for (const detail::rule& each : state_->rules) {
    all.push_back({each.text(), each.target->name, each.methods()});
  }
  return all;
}

response app::handle(web::request& request) { return detail::answer_now(*this, request); }

context_scope app::app_context() {
  return context_scope::enter(std::make_shared<detail::context>(*state_));
}

context_scope app::test_request_context(web::request request) {
  auto made = std::make_shared<detail::context>(*state_);
  made->own_request(std::move(request));
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
blueprint::~blueprint() = default;

const std::string& blueprint::name() const noexcept { return state_->name; }

static void check_setup(const detail::blueprint_state& one) {
  if (one.registered) {
    throw std::logic_error("aldis: the blueprint " + detail::in_quotes(one.name) +
                           " is registered: what it has must be added before");
  }
}

void blueprint::register_blueprint(const blueprint& inner, registration options) {
  check_setup(*state_);
  if (inner.state_ == state_) {
    throw std::invalid_argument("aldis: the blueprint " + detail::in_quotes(name()) +
                                " cannot be registered on itself");
  }
  state_->blueprints.push_back({inner.state_, std::move(options)});
}

detail::hooks& blueprint::own() {
  check_setup(*state_);
  return state_->own;
}

detail::hooks& blueprint::of_app() {
  check_setup(*state_);
  return state_->of_app;
}

void blueprint::add_route(std::string_view rule, route_options options,
                          std::shared_ptr<detail::view> handler) {
  check_setup(*state_);
  state_->routes.push_back({std::string(rule), std::move(options), std::move(handler)});
}

}  // namespace aldis::web
