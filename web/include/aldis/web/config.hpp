#pragma once

#include <aldis/export.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace aldis::web {

/// A setting is missing, or of another kind than was asked for.
class ALDIS_API bad_setting : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_setting() override;
};

/// The value of a setting.
class ALDIS_API setting {
 public:
  using list = std::vector<std::string>;
  using variant = std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, list>;

  setting(std::nullptr_t = nullptr) {}
  template <class Number>
  requires std::is_arithmetic_v<Number> setting(Number number) {
    if constexpr (std::is_same_v<Number, bool>) {
      value_ = number;
    } else if constexpr (std::is_integral_v<Number>) {
      value_ = static_cast<std::int64_t>(number);
    } else {
      value_ = static_cast<double>(number);
    }
  }
  setting(std::string text) : value_(std::move(text)) {}
  setting(std::string_view text) : value_(std::string(text)) {}
  setting(const char* text) : value_(std::string(text)) {}
  setting(list texts) : value_(std::move(texts)) {}

  bool is_set() const noexcept { return !std::holds_alternative<std::nullptr_t>(value_); }
  const variant& value() const noexcept { return value_; }

  friend bool operator==(const setting&, const setting&) = default;

 private:
  variant value_ = nullptr;
};

/// The settings of an app, by name. Those that the framework reads are in the guide; others are the
/// user's. Names are in upper case.
///
/// Threads: settings are made before the first request; the framework reads its own then.
///
///     app.config()["SECRET_KEY"] = "something long";
///     if (app.config().get<bool>("DEBUG")) ...
class ALDIS_API config {
 public:
  config();

  /// The setting, made if there is none. Exceptions: bad_setting if the name is not in upper case.
  setting& operator[](std::string_view name);
  /// Null if there is none.
  const setting* find(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept { return find(name) != nullptr; }
  /// T is bool, std::int64_t, double, std::string or setting::list. Exceptions: bad_setting if
  /// there is none, or if it is of another type.
  template <class T>
  const T& get(std::string_view name) const {
    const setting& found = required(name);
    const T* const value = std::get_if<T>(&found.value());
    if (!value) throw_other_type(name);
    return *value;
  }
  /// Nothing if it is missing or null.
  template <class T>
  std::optional<T> get_if(std::string_view name) const {
    const setting* const found = find(name);
    if (!found || !found->is_set()) return std::nullopt;
    return get<T>(name);
  }
  std::vector<std::string> names() const;

 private:
  const setting& required(std::string_view name) const;
  [[noreturn]] static void throw_other_type(std::string_view name);

  std::map<std::string, setting, std::less<>> settings_;
};

}  // namespace aldis::web
