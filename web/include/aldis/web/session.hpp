#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/value.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::web {

/// Values that are kept for one user between requests: Flask's session. They must be of the types
/// that the cookie can hold: none, numbers, text, markup, bytes, uuid, date_time, and lists, tuples
/// and dicts of them.
///
/// Changes inside of a value, such as `session()["list"].value().as_list().push_back(1)`, are not
/// noticed: call modify() after them.
/// Exceptions: std::runtime_error from a write without the setting SECRET_KEY.
class ALDIS_API session_values {
 public:
  class item;

  explicit session_values(dict values = {}, bool is_new = true)
      : values_(std::move(values)), new_(is_new) {}

  /// An entry that can be read and assigned: `session()["user"] = "ana"`.
  item operator[](std::string_view key);
  /// None if there is no such value.
  value get(std::string_view key) const;
  /// Exceptions: templates::conversion_failure if the value is missing or has another type.
  template <class T>
  T get_as(std::string_view key) const {
    return templates::from_value<T>(get(key));
  }
  bool contains(std::string_view key) const;
  void set(std::string_view key, value to);
  /// Removes a value and returns it. If there is none, returns nothing and does not modify the
  /// session.
  std::optional<value> pop(std::string_view key);
  void clear();
  bool empty() const;
  std::size_t size() const;
  const dict& all() const;

  /// Whether the session outlives the browser's session, for PERMANENT_SESSION_LIFETIME.
  bool is_permanent() const;
  void set_permanent(bool permanent);

  bool is_new() const noexcept { return new_; }
  /// Whether it was read or written, by web::session() or by a member. Then the response has
  /// `Vary: Cookie`.
  bool is_accessed() const noexcept { return accessed_; }
  bool is_modified() const noexcept { return modified_; }
  /// Marks the session as modified, so that it is saved.
  void modify();
  /// Makes every write throw std::runtime_error with this message.
  void forbid_writing(std::string why) { forbidden_ = std::move(why); }

 private:
  dict values_;
  bool new_;
  mutable bool accessed_ = false;
  bool modified_ = false;
  std::string forbidden_;
};

class session_values::item {
 public:
  item(session_values& session, std::string_view key) : session_(session), key_(key) {}

  item(const item&) = default;
  /// Assigns the value of the other, not the reference.
  item& operator=(const item& other) { return *this = other.value(); }
  item& operator=(web::value to) {
    session_.set(key_, std::move(to));
    return *this;
  }
  web::value value() const { return session_.get(key_); }
  operator web::value() const { return value(); }
  template <class T>
  T as() const {
    return session_.get_as<T>(key_);
  }

 private:
  session_values& session_;
  std::string key_;
};

/// The session of the current request. Calling it adds `Vary: Cookie` to the response, since caches
/// must not serve it to other users.
///
/// Exceptions: outside_of_context.
ALDIS_API session_values& session();

/// Loads and stores sessions. The default is cookie_sessions.
///
/// Threads: called on several threads at the same time.
class ALDIS_API session_interface {
 public:
  virtual ~session_interface();
  virtual session_values open(app& app, const request& from) = 0;
  virtual void save(app& app, session_values& session, response& to) = 0;
};

/// Stores sessions in a signed cookie, in Flask's format. Users can read it, but cannot change it.
class ALDIS_API cookie_sessions final : public session_interface {
 public:
  using clock = std::function<std::int64_t()>;

  /// The clock returns seconds since 1970.
  explicit cookie_sessions(clock now = {});
  session_values open(app& app, const request& from) override;
  void save(app& app, session_values& session, response& to) override;

 private:
  clock now_;
};

/// The cookie for a session, in the format of itsdangerous' URLSafeTimedSerializer as Flask uses
/// it.
ALDIS_API std::string sign_session(const dict& values, std::string_view secret, std::int64_t now);
/// The session in a cookie. Nothing if none of the secrets has signed it, or if it is older than
/// `max_age` or from the future.
ALDIS_API std::optional<dict> read_session(std::string_view cookie,
                                           const std::vector<std::string>& secrets,
                                           std::int64_t now,
                                           std::int64_t max_age = std::int64_t{31} * 24 * 3600);

/// Stores a message for the next page: appends (category, message) to `_flashes` in the session,
/// then sends message_flashed.
ALDIS_API void flash(const value& message, const std::string& category = "message");

struct flashed_message {
  std::string category;
  value message;
};

/// The flashed messages, filtered by `categories` unless that is empty. The first call during a
/// request removes them from the session; further calls return the same messages.
ALDIS_API std::vector<flashed_message> get_flashed_messages(
    const std::vector<std::string>& categories = {});

}  // namespace aldis::web
