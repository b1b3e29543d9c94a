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
  /// In front of every rule, as `/admin`; rules need not begin with a slash then, and an empty one
  /// is the prefix itself.
  std::string url_prefix = {};
  /// Where its templates are, looked at after those of the app.
  std::string template_folder = {};
  /// Files under `static_url_path`, which is under the prefix; the endpoint is `name.static`.
  std::string static_folder = {};
  std::string static_url_path = "/static";
};

/// How a blueprint is registered, if not by its own name and under its own prefix.
struct registration {
  std::string name = {};
  std::string url_prefix = {};
};

namespace detail {
struct blueprint_state;
}

/// Routes and functions that are registered on an app together, perhaps more than once, under a
/// prefix. Its endpoints are `name.endpoint`; blueprints may be nested: `outer.inner.endpoint`.
///
/// Lifetime: an app shares what it registers; the blueprint may die. What is done to it after it
/// was registered, or moved from, is std::logic_error.
class ALDIS_API blueprint final : public scaffold {
 public:
  /// Exceptions: std::invalid_argument if the name is empty or has a dot.
  explicit blueprint(std::string name, blueprint_options options = {});
  /// A blueprint can be returned from a function, and kept in a container.
  blueprint(blueprint&&) noexcept;
  blueprint& operator=(blueprint&&) noexcept;
  ~blueprint() override;

  /// Empty if it is moved from.
  const std::string& name() const noexcept;
  /// Exceptions: std::invalid_argument if a blueprint of that name is registered already, or if it
  /// is this one.
  void register_blueprint(const blueprint& inner, registration options = {});

  // For all requests of the app.

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
