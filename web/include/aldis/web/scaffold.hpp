#pragma once

#include <aldis/export.hpp>
#include <aldis/web/detail/hooks.hpp>
#include <aldis/web/detail/one_function.hpp>
#include <aldis/web/detail/response_hook.hpp>
#include <aldis/web/handler.hpp>
#include <aldis/web/routing.hpp>

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace aldis::web {

/// The common part of apps and blueprints: routes and hooks.
///
/// Threads: one thread adds routes and hooks, before the first request and before a server is
/// constructed. Handlers and hooks are called on several threads at the same time.
/// Exceptions: std::logic_error from members that are called later; bad_route if a rule is
/// malformed or does not fit its handler, or if the endpoint has another handler.
class ALDIS_API scaffold {
 public:
  scaffold(const scaffold&) = delete;
  scaffold& operator=(const scaffold&) = delete;
  virtual ~scaffold();

  /// Adds a route: requests that match `rule` are handled by `handler`. Its parameters are the
  /// variables of the rule, in order, then those defaults that are not variables. In any position
  /// it may also take web::request& and web::app&.
  ///
  ///     app.route("/user/<int:id>", [](int id) { return "user " + std::to_string(id); });
  template <detail::one_function Handler = detail::several_functions>
  void route(std::string_view rule, route_options options, Handler handler) {
    add_route(rule, std::move(options), detail::make_handler<Handler>(std::move(handler)));
  }
  template <detail::one_function Handler = detail::several_functions>
  requires(!std::same_as<Handler, route_options>) void route(std::string_view rule,
                                                             Handler handler) {
    route(rule, route_options(), std::move(handler));
  }
  /// Adds a rule for an endpoint whose handler is set by a route or by endpoint(), earlier or
  /// later. An app may also name an endpoint of a blueprint: `blog.index`. Without a handler the
  /// rule only serves url_for, and a request that matches it gets a 500.
  void add_url_rule(std::string_view rule, route_options options);
  /// Sets the handler of an endpoint whose rules are added by add_url_rule.
  template <detail::one_function Handler = detail::several_functions>
  void endpoint(std::string_view name, Handler handler) {
    set_handler(name, detail::make_handler<Handler>(std::move(handler)));
  }

  template <detail::one_function Handler = detail::several_functions>
  void get(std::string_view rule, Handler handler) {
    route(rule, {.methods = {"GET"}}, std::move(handler));
  }
  template <detail::one_function Handler = detail::several_functions>
  void post(std::string_view rule, Handler handler) {
    route(rule, {.methods = {"POST"}}, std::move(handler));
  }
  template <detail::one_function Handler = detail::several_functions>
  void put(std::string_view rule, Handler handler) {
    route(rule, {.methods = {"PUT"}}, std::move(handler));
  }
  template <detail::one_function Handler = detail::several_functions>
  void patch(std::string_view rule, Handler handler) {
    route(rule, {.methods = {"PATCH"}}, std::move(handler));
  }
  template <detail::one_function Handler = detail::several_functions>
  // NOLINTNEXTLINE(readability-identifier-naming): delete is a word of C++
  void delete_(std::string_view rule, Handler handler) {
    route(rule, {.methods = {"DELETE"}}, std::move(handler));
  }

  // Hooks of an app apply to all requests, hooks of a blueprint to those for its routes. A 404 or
  // 405 of routing belongs to no blueprint.

  /// `f` is called before the handler, in order of registration, hooks of the app first. If it
  /// returns a response, the remaining functions and the handler are skipped.
  template <detail::one_function F = detail::several_functions>
  void before_request(F f) {
    own_hooks().before_request.push_back(detail::before_hook(std::move(f)));
  }
  /// `f` is called with the response, in reverse order of registration, hooks of the app last.
  template <detail::one_function F = detail::several_functions>
  void after_request(F f) {
    own_hooks().after_request.push_back(detail::response_hook(std::move(f)));
  }
  /// `f` is called when the context ends, in reverse order of registration, with the exception that
  /// was not handled, or null.
  template <detail::one_function F = detail::several_functions>
  void teardown_request(F f) {
    own_hooks().teardown_request.push_back(detail::teardown_hook(std::move(f)));
  }
  /// `f` is called before the before_request functions, with the endpoint (empty if there is none)
  /// and the values of the path, which it may change.
  void url_value_preprocessor(std::function<void(std::string_view, path_variables&)> f) {
    own_hooks().url_value_preprocessors.push_back(std::move(f));
  }
  /// `f` is called whenever url_for builds a URL, and may add values.
  void url_defaults(std::function<void(std::string_view, url_values&)> f) {
    own_hooks().url_defaults.push_back(std::move(f));
  }

  /// `f` returns variables for every template that is rendered.
  void context_processor(std::function<dict()> f) {
    own_hooks().context_processors.push_back(std::move(f));
  }

  /// `f` handles every http_error with this code; for 500, also every exception without another
  /// handler.
  template <detail::one_function F = detail::several_functions>
  void errorhandler(int code, F f) {
    check_code(code);
    own_hooks().error_handlers.push_back(
        detail::make_error_handler<http_error>(code, std::move(f)));
  }
  /// `f` handles exceptions of this type and of types derived from it. Of several handlers, the one
  /// for the most derived type is called. Handlers by code take precedence over handlers by type,
  /// those of a blueprint over those of the app.
  template <class E, detail::one_function F = detail::several_functions>
  void errorhandler(F f) {
    own_hooks().error_handlers.push_back(detail::make_error_handler<E>(0, std::move(f)));
  }

 protected:
  scaffold() = default;
  scaffold(scaffold&&) = default;
  scaffold& operator=(scaffold&&) = default;

  static void check_code(int code);

  /// The hooks to add to.
  ///
  /// Exceptions: std::logic_error if setup has ended.
  virtual detail::hooks& own_hooks() = 0;
  virtual void add_route(std::string_view rule, route_options options,
                         std::shared_ptr<detail::any_handler> handler) = 0;
  virtual void set_handler(std::string_view endpoint,
                           std::shared_ptr<detail::any_handler> handler) = 0;
};

}  // namespace aldis::web
