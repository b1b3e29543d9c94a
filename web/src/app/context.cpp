#include "app/context.hpp"

#include <aldis/web/signals.hpp>

#include "app/reversed.hpp"
#include "http/request_access.hpp"
#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>

namespace aldis::web {

outside_of_context::~outside_of_context() = default;
left_by_exception::~left_by_exception() = default;
teardown_error::~teardown_error() = default;

namespace {

std::string message_of(const std::vector<std::exception_ptr>& errors) {
  std::string text = "aldis: " + std::to_string(errors.size()) +
                     (errors.size() == 1 ? " error" : " errors") + " while tearing down";
  char separator = ':';
  for (const std::exception_ptr& each : errors) {
    text += std::exchange(separator, ';');
    text += " " + describe(each);
  }
  return text;
}

}  // namespace

teardown_error::teardown_error(std::vector<std::exception_ptr> errors)
    : std::runtime_error(message_of(errors)), errors_(std::move(errors)) {}

namespace detail {

namespace {

thread_local context* innermost = nullptr;

void set_redirect(const app_state& app, request& to, const match& found) {
  const std::string_view host = app.host_for(to);
  const bool odd_host = host.find_first_not_of(
                            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._:[]"
                            "~%!$&'()*+,;=") != std::string_view::npos;
  if (odd_host) {
    request_access::set_routing_error(to, std::make_shared<http_error>(400));
    return;
  }
  std::string where = std::string(to.scheme()) + "://" + std::string(host) +
                      escape(found.redirect, "!$&'()*+,/:;=@");
  if (!to.query_string().empty()) where += "?" + std::string(to.query_string());
  request_access::set_routing_error(to, std::make_shared<http_error>(redirect(where, 308)));
}

/// The canonical path if the values are the defaults of another rule: `/list/` for `/list/1` if the
/// default is 1.
std::string path_by_defaults(const rule& found, std::string_view method,
                             const path_variables& values) {
  url_values wanted;
  for (const path_variable& each : values) wanted.emplace_back(each.name, as_url_value(each.value));
  for (const rule* const each : found.target->rules) {
    if (each == &found) break;
    if (!each->provides_defaults_for(found) || !each->accepts(wanted, method)) continue;
    try {
      return unescape(each->build(wanted));
    } catch (const bad_url&) {
      // This rule cannot hold these values, so it is not the canonical one.
    }
  }
  return {};
}

/// Parses the cookies only if their header contains the name.
bool has_cookie(const request& in, std::string_view name) {
  const bool may_have =
      std::any_of(in.headers().begin(), in.headers().end(), [&](const headers::field& each) {
        return same_without_case(each.name, "cookie") && each.value.find(name) != name.npos;
      });
  return may_have && in.cookies().contains(name);
}

}  // namespace

context* current_context() noexcept { return innermost; }

std::shared_ptr<context> new_context(app_state& of) {
  of.refresh();
  return std::make_shared<context>(of);
}

context_guard::context_guard(context_chain& chain) noexcept : chain_(chain), before_(innermost) {
  if (!chain.outermost) return;
  chain.outermost->previous = before_;
  innermost = chain.innermost;
}

context_guard::~context_guard() {
  if (chain_.outermost) chain_.innermost = innermost;
  innermost = before_;
}

context::~context() { destroy_user_values(); }

void context::destroy_user_values() noexcept {
  request = nullptr;
  if (!g_ && after_this_request.empty()) return;
  // The context is current meanwhile, because destructors may use g() as well.
  previous = std::exchange(innermost, this);
  after_this_request.clear();
  if (g_) g_->clear();
  detach();
}

void context::reset() {
  destroy_user_values();
  rule = nullptr;
  flashed.reset();
  g_.reset();
  session_.reset();
  owned_.reset();
  previous = nullptr;
  pushes_ = 0;
}

void context::match() {
  web::request& r = *request;
  request_access::clear_rule(r);
  rule = nullptr;
  detail::match found = app.matcher.find(r.path(), r.method(), r.view_args());
  if (found.rule && found.rule->target->rules.size() > 1) {
    found.redirect = path_by_defaults(*found.rule, r.method(), r.view_args());
  }
  if (!found.redirect.empty()) {
    r.view_args().clear();
    set_redirect(app, r, found);
  } else if (found.rule) {
    rule = found.rule;
    request_access::set_rule(r, rule->target->name, rule->target->blueprint, rule->text());
  } else if (!found.allowed.empty()) {
    auto error = std::make_shared<http_error>(405);
    std::sort(found.allowed.begin(), found.allowed.end());
    std::string allow;
    for (const std::string& each : found.allowed) allow += (allow.empty() ? "" : ", ") + each;
    error->more_headers().set("Allow", allow);
    request_access::set_routing_error(r, std::move(error));
  } else {
    request_access::set_routing_error(r, std::make_shared<http_error>(404));
  }
}

void context::push() {
  if (pushes_++ != 0) return;
  previous = innermost;
  innermost = this;
  appcontext_pushed.send(app.self);
}

void context::start_request() {
  request->set_form_limits(app.settings.forms);
  request->set_json_limit(app.settings.json_memory);
  // The framework's own sessions are opened on first use, which nobody can notice.
  if (!app.default_sessions) session();
}

session_values& context::session() {
  if (!session_) session_.emplace(app.sessions->open(app.self, *request));
  return *session_;
}

void context::save_session(response& to) {
  // A session that was not used is saved only if it exists, since it may be permanent.
  if (app.default_sessions && !session_ &&
      !has_cookie(*request, app.settings.session.cookie_name)) {
    return;
  }
  app.sessions->save(app.self, session(), to);
}

void context::detach() noexcept {
  context** place = &innermost;
  while (*place && *place != this) place = &(*place)->previous;
  if (*place) *place = previous;
}

void context::pop(const std::exception_ptr& error) {
  if (pushes_ > 1) {
    --pushes_;
    return;
  }
  std::vector<std::exception_ptr> errors;
  {
    struct leaving {
      context& left;
      ~leaving() {
        left.detach();
        left.pushes_ = 0;
      }
    };
    const leaving at_end{*this};
    errors = tear_down(error);
  }
  try {
    appcontext_popped.send(app.self);
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    errors.push_back(std::current_exception());
  }
  if (!errors.empty()) throw teardown_error(std::move(errors));
}

void context::pop_with_thread() noexcept {
  if (pushes_ == 0) return;
  try {
    pop(std::make_exception_ptr(left_by_exception("aldis: the thread of a context has ended")));
  } catch (const std::exception&) {
    app.logger.exception("Tearing down a context failed", std::current_exception());
  }
}

std::vector<std::exception_ptr> context::tear_down(const std::exception_ptr& error) {
  std::vector<std::exception_ptr> errors;
  const auto run = [&](auto&& step) {
    try {
      step();
    } catch (const forced_unwind&) {
      throw;
    } catch (...) {
      errors.push_back(std::current_exception());
    }
  };
  if (request) {
    for (const hooks* const each : reversed(chain())) {
      for (const auto& f : reversed(each->teardown_request)) run([&] { f(error); });
    }
    run([&] { request_tearing_down.send(app.self, error); });
  }
  for (const auto& f : reversed(app.teardown_appcontext)) run([&] { f(error); });
  run([&] { appcontext_tearing_down.send(app.self, error); });
  return errors;
}

context& required(std::string_view what) {
  if (context* const now = current_context()) return *now;
  throw outside_of_context("aldis: " + std::string(what) +
                           " needs the context of an app: that of a request, or "
                           "app.app_context()");
}

context& required_request(std::string_view what) {
  context* const now = current_context();
  if (now && now->request) return *now;
  throw outside_of_context("aldis: " + std::string(what) +
                           " needs the context of a request; app.test_request_context() makes one");
}

}  // namespace detail

app& current_app() { return detail::required("current_app()").app.self; }
globals& g() { return detail::required("g()").g(); }
request& current_request() { return *detail::required_request("current_request()").request; }
bool has_app_context() noexcept { return detail::current_context() != nullptr; }
bool has_request_context() noexcept {
  return detail::current_context() && detail::current_context()->request;
}

namespace detail {

void add_after_this_request(std::function<void(response&)> f) {
  required_request("after_this_request()").after_this_request.push_back(std::move(f));
}

/// A copy of a request and its session.
struct copied_request {
  app_state& app;
  web::request request;
  session_values session;
};

std::shared_ptr<const copied_request> copy_of_current_request() {
  context& now = required_request("copy_current_request_context()");
  return std::make_shared<const copied_request>(
      copied_request{now.app, *now.request, now.session()});
}

context_scope enter(const copied_request& copy) {
  auto made = new_context(copy.app);
  made->take_request(copy.request);
  made->match();
  made->set_session(copy.session);
  return context_scope::enter(std::move(made));
}

}  // namespace detail

// Scopes.

context_scope context_scope::enter(std::shared_ptr<detail::context> context) {
  try {
    context->push();
    if (context->request) context->start_request();
  } catch (const detail::forced_unwind&) {
    context->pop_with_thread();
    throw;
  } catch (...) {
    context->pop(std::current_exception());
    throw;
  }
  return context_scope(std::move(context));
}

context_scope::context_scope(std::shared_ptr<detail::context> pushed)
    : context_(std::move(pushed)), exceptions_(std::uncaught_exceptions()) {}

context_scope::~context_scope() {
  if (!context_) return;
  const logger& log = context_->app.logger;
  try {
    if (std::uncaught_exceptions() > exceptions_) {
      pop(std::make_exception_ptr(
          left_by_exception("aldis: an exception has ended the scope of a context")));
    } else {
      pop();
    }
  } catch (...) {
    log.exception("Tearing down a context failed", std::current_exception());
  }
}

context_scope context_scope::push() {
  context_->push();
  return context_scope(context_);
}

void context_scope::pop_by(const std::exception_ptr& error) {
  if (error) return pop(error);
  if (const auto ending = std::exchange(context_, nullptr)) ending->pop_with_thread();
}

void context_scope::pop(const std::exception_ptr& error) {
  if (const auto ending = std::exchange(context_, nullptr)) ending->pop(error);
}

// g

bool globals::contains(std::string_view name) const noexcept {
  return values_.find(name) != values_.end();
}

bool globals::remove(std::string_view name) {
  const auto found = values_.find(name);
  if (found == values_.end()) return false;
  // The value is destroyed last: its destructor may use g().
  const auto gone = values_.extract(found);
  return true;
}

void globals::clear() noexcept {
  while (!values_.empty()) {
    const auto gone = values_.extract(values_.begin());
  }
}

std::vector<std::string> globals::names() const {
  std::vector<std::string> names;
  names.reserve(values_.size());
  for (const auto& [name, value] : values_) names.push_back(name);
  return names;
}

globals::entry& globals::at(std::string_view name) { return values_[std::string(name)]; }

std::any* globals::lookup(std::string_view name) noexcept {
  const auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second.held;
}

std::optional<value> globals::shown(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end() || !found->second.show) return std::nullopt;
  return found->second.show(found->second.held);
}

std::any& globals::required(std::string_view name) {
  if (std::any* const found = lookup(name)) return *found;
  throw std::out_of_range("aldis: g() has no " + detail::in_quotes(name));
}

}  // namespace aldis::web
