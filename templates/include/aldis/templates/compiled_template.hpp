#pragma once

#include <aldis/templates/convert.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/export.hpp>
#include <aldis/templates/value.hpp>

#include <concepts>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>

namespace aldis::templates {

namespace detail {
class environment_access;
struct program;
}  // namespace detail

/// Receives the output of a render in pieces of a few kilobytes.
using sink = std::function<void(std::string_view piece)>;

/// A template, ready to be rendered. Copies share the compiled form.
///
/// Threads: any number of threads may render it at once.
/// Lifetime: must not outlive its environment.
/// Exceptions: `error` for an error of the template. Exceptions of your own functions, filters,
/// objects and sinks propagate unchanged.
class ALDIS_TEMPLATES_API compiled_template {
 public:
  std::string render(const dict& variables = {}) const;
  void render_to(const sink& write, const dict& variables = {}) const;
  void render_to(std::ostream& out, const dict& variables = {}) const;

  /// Takes anything that converts to a dict, such as a std::map or a JSON object.
  template <class Map>
  requires(!std::convertible_to<Map, const dict&> &&
           std::convertible_to<const Map&, value>) std::string render(const Map& variables)
  const { return render(conversion<dict>::from_value(value(variables))); }
  template <class Sink, class Map>
  requires(!std::convertible_to<Map, const dict&> &&
           std::convertible_to<const Map&, value>) void render_to(Sink&& write,
                                                                  const Map& variables) const {
    render_to(std::forward<Sink>(write), conversion<dict>::from_value(value(variables)));
  }

  /// Empty for a template made from a string.
  const std::string& name() const noexcept;

 private:
  friend class detail::environment_access;
  explicit compiled_template(std::shared_ptr<const detail::program> program) noexcept;

  std::shared_ptr<const detail::program> program_;
};

/// A template may be passed to another template, which can include or extend it.
template <>
struct ALDIS_TEMPLATES_API conversion<compiled_template> {
  static value to_value(const compiled_template& from);
};

}  // namespace aldis::templates
