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

/// What apps and blueprints have in common: routes and hooks.
///
/// Threads: everything is set up by one thread, before the first request and before a server is
/// made. Handlers and functions are called by several at the same time. Exceptions: what is set up
/// after that is std::logic_error, as is a second handler for an endpoint; bad_route tells of a
/// rule that cannot be, or does not fit its handler.
class ALDIS_API scaffold {
 public:
  scaffold(const scaffold&) = delete;
  scaffold& operator=(const scaffold&) = delete;
  virtual ~scaffold();

  /// Answers requests for `rule` with what `handler` returns. Its parameters are the variables of
  /// the rule, in their order, and then the defaults that are none; in any place it may also take
  /// the request and the app.
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
  /// Another rule for an endpoint. Its handler is that of a route or of endpoint(), before or
  /// after; an app may also name an endpoint of a blueprint, `blog.index`. Without a handler the
  /// rule is for url_for, and a request that meets it is a 500.
  void add_url_rule(std::string_view rule, route_options options);
  /// The handler of an endpoint, whose rules are added by add_url_rule.
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

  // Hooks: those of an app are for all requests, those of a blueprint for its own. 404 and 405
  // belong to no blueprint.

  /// Called in the order of registration, those of the app first. If one returns a response, the
  /// remaining functions and the handler are skipped.
  template <detail::one_function F = detail::several_functions>
  void before_request(F f) {
    own_hooks().before_request.push_back(detail::before_hook(std::move(f)));
  }
  /// Called in reverse order, those of the app last.
  template <detail::one_function F = detail::several_functions>
  void after_request(F f) {
    own_hooks().after_request.push_back(detail::response_hook(std::move(f)));
  }
  /// Called when the context ends, in reverse order, with the exception that was not handled, or
  /// null.
  template <detail::one_function F = detail::several_functions>
  void teardown_request(F f) {
    own_hooks().teardown_request.push_back(detail::teardown_hook(std::move(f)));
  }
  /// Before before_request, with the endpoint (empty if there is none) and the values of its path,
  /// which it may change.
  void url_value_preprocessor(std::function<void(std::string_view, path_variables&)> f) {
    own_hooks().url_value_preprocessors.push_back(std::move(f));
  }
  /// Whenever url_for makes a URL; it may add values.
  void url_defaults(std::function<void(std::string_view, url_values&)> f) {
    own_hooks().url_defaults.push_back(std::move(f));
  }

  /// Variables for every template that is rendered.
  void context_processor(std::function<dict()> f) {
    own_hooks().context_processors.push_back(std::move(f));
  }

  /// Makes the response for errors with this code: for http_error, and, for 500, for every
  /// exception without another handler.
  template <detail::one_function F = detail::several_functions>
  void errorhandler(int code, F f) {
    check_code(code);
    own_hooks().error_handlers.push_back(
        detail::make_error_handler<http_error>(code, std::move(f)));
  }
  /// Makes the response for exceptions of this type, and of types derived from it. Of several
  /// handlers the one with the most derived type is called; handlers by code come first, a
  /// blueprint's before those of the app.
  template <class E, detail::one_function F = detail::several_functions>
  void errorhandler(F f) {
    own_hooks().error_handlers.push_back(detail::make_error_handler<E>(0, std::move(f)));
  }

 protected:
  scaffold() = default;
  scaffold(scaffold&&) = default;
  scaffold& operator=(scaffold&&) = default;

  static void check_code(int code);

  /// Those to be added to. Exceptions: std::logic_error if it is too late.
  virtual detail::hooks& own_hooks() = 0;
  virtual void add_route(std::string_view rule, route_options options,
                         std::shared_ptr<detail::any_handler> handler) = 0;
  virtual void set_handler(std::string_view endpoint,
                           std::shared_ptr<detail::any_handler> handler) = 0;
};

}  // namespace aldis::web
