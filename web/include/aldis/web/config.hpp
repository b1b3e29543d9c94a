#pragma once

#include <aldis/export.hpp>
#include <aldis/web/value.hpp>

#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aldis::web {

/// A setting is missing, of another kind than was asked for, or cannot be read.
class ALDIS_API bad_setting : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~bad_setting() override;
};

/// The settings of an app, by name. Those that the framework reads are in the guide; others are the
/// user's. Names are in upper case.
///
/// Threads: settings are made before the first request or server, when the framework reads its own;
/// what is set later changes nothing in the framework.
///
///     app.config()["SECRET_KEY"] = "something long";
///     if (app.config().get<bool>("DEBUG")) ...
class ALDIS_API config {
 public:
  /// With the framework's settings at their defaults.
  config();

  /// The setting, none if it is new. Exceptions: bad_setting if the name is not in upper case.
  value& operator[](std::string_view name);
  /// Null if there is none.
  const value* find(std::string_view name) const noexcept { return settings_.find(name); }
  bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  /// The integers 0 and 1 are a bool, too: variables of the environment are often written so.
  ///
  /// Exceptions: bad_setting if there is none, or if it is of another type.
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
  /// Nothing if it is missing or none. Exceptions: bad_setting if it is of another type.
  template <class T>
  std::optional<T> get_if(std::string_view name) const {
    const value* const found = find(name);
    if (!found || found->is_none()) return std::nullopt;
    return get<T>(name);
  }
  const dict& all() const noexcept { return settings_; }

  /// Takes the entries whose names are in upper case.
  void from_mapping(const dict& settings);
  /// A file with an object of JSON. Exceptions: bad_setting.
  void from_json_file(const std::string& path);
  /// Variables of the environment that begin with the prefix and `_`: `FLASK_DEBUG`. Values are
  /// read as JSON, and are text if they are none; two underscores lead into a dict:
  /// `FLASK_DB__HOST`.
  void from_prefixed_environment(std::string_view prefix = "ALDIS");
  /// The file that a variable of the environment names. Exceptions: bad_setting if there is no such
  /// variable.
  void from_environment_variable(const std::string& name);

  /// The settings whose names begin with it, without it and in lower case.
  dict get_namespace(std::string_view prefix) const;

 private:
  const value& required(std::string_view name) const;
  static bool flag(const value& given);
  [[noreturn]] static void throw_other_type(std::string_view name, std::string_view why);

  dict settings_;
};

}  // namespace aldis::web
