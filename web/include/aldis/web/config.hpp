#pragma once

#include <aldis/export.hpp>
#include <aldis/web/value.hpp>

#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aldis::web {

/// Thrown when a setting is missing, has the wrong type, or cannot be read.
class ALDIS_API bad_setting : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~bad_setting() override;
};

/// The settings of an app, by name. The guide lists those that the framework reads; you can add
/// your own. Names are in upper case.
///
/// Threads: change settings during setup only. The framework reads its own when setup ends; later
/// changes do not affect it.
///
///     app.config()["SECRET_KEY"] = "something long";
///     if (app.config().get<bool>("DEBUG")) ...
class ALDIS_API config {
 public:
  /// Has the framework's settings, with their defaults.
  config();

  /// The setting; none if it is new.
  ///
  /// Exceptions: bad_setting if the name is not in upper case.
  value& operator[](std::string_view name);
  /// Null if there is no such setting.
  const value* find(std::string_view name) const noexcept { return settings_.find(name); }
  bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  /// As a bool, the integers 0 and 1 are accepted too, because environment variables often have
  /// them.
  ///
  /// Exceptions: bad_setting if there is no such setting, or if it has another type.
  template <class T>
  T get(std::string_view name) const {
    try {
      if constexpr (std::same_as<T, bool>) {
        return flag(required(name));
      } else {
        return templates::from_value<T>(required(name));
      }
    } catch (const templates::conversion_failure& failure) {
      throw_other_type(name, failure.message());
    }
  }
  /// Nothing if the setting is missing or none.
  ///
  /// Exceptions: bad_setting if it has another type.
  template <class T>
  std::optional<T> get_if(std::string_view name) const {
    const value* const found = find(name);
    if (!found || found->is_none()) return std::nullopt;
    return get<T>(name);
  }
  const dict& all() const noexcept { return settings_; }

  /// Copies the entries whose names are in upper case.
  void from_mapping(const dict& settings);
  /// Reads a file that contains a JSON object.
  ///
  /// Exceptions: bad_setting if it cannot be read, or is not a JSON object.
  void from_json_file(const std::string& path);
  /// Reads environment variables that begin with the prefix and `_`, such as `ALDIS_DEBUG`. Values
  /// are parsed as JSON; those that are not JSON are text. Two underscores lead into a dict:
  /// `ALDIS_DB__HOST`.
  void from_prefixed_environment(std::string_view prefix = "ALDIS");
  /// Reads the JSON file that an environment variable names.
  ///
  /// Exceptions: bad_setting if the variable is not set, or if the file cannot be read.
  void from_environment_variable(const std::string& name);

  /// The settings whose names begin with the prefix; the names are without it, in lower case.
  dict get_namespace(std::string_view prefix) const;

 private:
  const value& required(std::string_view name) const;
  static bool flag(const value& setting);
  [[noreturn]] static void throw_other_type(std::string_view name, std::string_view why);

  dict settings_;
};

}  // namespace aldis::web
