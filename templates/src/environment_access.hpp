#pragma once

#include <aldis/templates/environment.hpp>

#include "language/program.hpp"
#include "language/tags.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// What renders need of an environment beyond its public interface.
class environment_access {
 public:
  /// Null if there is no template of this name.
  static std::shared_ptr<const program> find(const environment& in, std::string_view name);
  // Fail with the searched locations.
  [[noreturn]] static void fail_not_found(const environment& in, std::string name);
  [[noreturn]] static void fail_none_found(const environment& in, const std::string& tried);
  static const custom_tags& tags_of(const environment& of) noexcept;
  static compiled_template wrap(std::shared_ptr<const program> made) {
    return compiled_template(std::move(made));
  }
  static const std::shared_ptr<const program>& program_of(const compiled_template& of) {
    return of.program_;
  }
};

}  // namespace aldis::templates::detail
