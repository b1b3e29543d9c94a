#pragma once

#include <aldis/export.hpp>
#include <aldis/web/scaffold.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::web {

struct blueprint_options {
  /// Prepended to every rule, such as `/admin`. With a prefix, rules need not begin with a slash,
  /// and an empty rule is the prefix itself.
  std::string url_prefix = {};
  /// Its templates are found after those of the app.
  std::string template_folder = {};
  /// Its files are served under `static_url_path`, which follows the prefix; the endpoint is
  /// `name.static`.
  std::string static_folder = {};
  std::string static_url_path = "/static";
};

/// Options for registering a blueprint: another name and another prefix than its own.
struct registration {
  std::string name = {};
  std::string url_prefix = {};
};

namespace detail {
struct blueprint_state;
}

/// A group of routes and hooks that is registered on an app under a prefix, perhaps more than once.
/// Its endpoints are named `name.endpoint`. Blueprints can be nested: `outer.inner.endpoint`.
///
/// Lifetime: the app shares the contents; the blueprint may be destroyed after registration.
/// Exceptions: std::logic_error from every member that changes a blueprint which is registered or
/// moved from.
class ALDIS_API blueprint final : public scaffold {
 public:
  /// Exceptions: std::invalid_argument if the name is empty or contains a dot.
  explicit blueprint(std::string name, blueprint_options options = {});
  /// Movable, so that a blueprint can be returned from a function and stored in a container.
  blueprint(blueprint&&) noexcept;
  blueprint& operator=(blueprint&&) noexcept;
  ~blueprint() override;

  /// Empty if the blueprint is moved from.
  const std::string& name() const noexcept;
  /// Nests a blueprint in this one. Registering this one on an app reports duplicate names.
  ///
  /// Exceptions: std::invalid_argument if `inner` is this blueprint.
  void register_blueprint(const blueprint& inner, registration options = {});

  // Hooks for all requests of the app.

  template <detail::one_function F = detail::several_functions>
  void before_app_request(F f) {
    app_hooks().before_request.push_back(detail::before_hook(std::move(f)));
  }
  template <detail::one_function F = detail::several_functions>
  void after_app_request(F f) {
    app_hooks().after_request.push_back(detail::response_hook(std::move(f)));
  }
  template <detail::one_function F = detail::several_functions>
  void teardown_app_request(F f) {
    app_hooks().teardown_request.push_back(detail::teardown_hook(std::move(f)));
  }
  void app_url_value_preprocessor(std::function<void(std::string_view, path_variables&)> f) {
    app_hooks().url_value_preprocessors.push_back(std::move(f));
  }
  void app_url_defaults(std::function<void(std::string_view, url_values&)> f) {
    app_hooks().url_defaults.push_back(std::move(f));
  }
  void app_context_processor(std::function<dict()> f) {
    app_hooks().context_processors.push_back(std::move(f));
  }
  template <detail::one_function F = detail::several_functions>
  void app_errorhandler(int code, F f) {
    check_code(code);
    app_hooks().error_handlers.push_back(
        detail::make_error_handler<http_error>(code, std::move(f)));
  }
  template <class E, detail::one_function F = detail::several_functions>
  void app_errorhandler(F f) {
    app_hooks().error_handlers.push_back(detail::make_error_handler<E>(0, std::move(f)));
  }

 private:
  friend class app;

  /// Exceptions: std::logic_error if it is registered or moved from.
  detail::blueprint_state& open_state();
  detail::hooks& own_hooks() override;
  detail::hooks& app_hooks();
  void add_route(std::string_view rule, route_options options,
                 std::shared_ptr<detail::any_handler> handler) override;
  void set_handler(std::string_view endpoint,
                   std::shared_ptr<detail::any_handler> handler) override;

  std::shared_ptr<detail::blueprint_state> state_;
};

}  // namespace aldis::web
