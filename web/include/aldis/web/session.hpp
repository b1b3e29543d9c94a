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

/// What is kept for one user between requests: Flask's session. Values are those that its cookie
/// can hold: none, numbers, text, markup, bytes, uuid, date_time, and lists, tuples and dicts of
/// them.
///
/// A change inside a value, as `session()["list"].value().as_list().push_back(1)`, is not noticed:
/// modify() tells of it.
/// Exceptions: a write without the setting SECRET_KEY is std::runtime_error.
class ALDIS_API session_values {
 public:
  class item;

  explicit session_values(dict values = {}, bool is_new = true)
      : values_(std::move(values)), new_(is_new) {}

  /// To be read, or written to: `session()["user"] = "ana"`.
  item operator[](std::string_view key);
  /// None if there is none.
  value get(std::string_view key) const;
  /// Exceptions: templates::conversion_failure if it is of another type, or missing.
  template <class T>
  T get_as(std::string_view key) const {
    return templates::from_value<T>(get(key));
  }
  bool contains(std::string_view key) const;
  void set(std::string_view key, value to);
  /// What it was; nothing if there was none, and then nothing is modified.
  std::optional<value> pop(std::string_view key);
  void clear();
  bool empty() const;
  std::size_t size() const;
  const dict& all() const;

  /// Kept beyond the end of the browser's session: PERMANENT_SESSION_LIFETIME.
  bool is_permanent() const;
  void set_permanent(bool permanent);

  bool is_new() const noexcept { return new_; }
  /// Read or written, by web::session() or by a member: then the answer has `Vary: Cookie`.
  bool is_accessed() const noexcept { return accessed_; }
  bool is_modified() const noexcept { return modified_; }
  void modify();
  /// From now on every write throws what this says.
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
  item(session_values& of, std::string_view key) : of_(of), key_(key) {}

  item(const item&) = default;
  /// Takes the value of the other, as all assignments do.
  item& operator=(const item& other) { return *this = other.value(); }
  item& operator=(web::value to) {
    of_.set(key_, std::move(to));
    return *this;
  }
  web::value value() const { return of_.get(key_); }
  operator web::value() const { return value(); }
  template <class T>
  T as() const {
    return of_.get_as<T>(key_);
  }

 private:
  session_values& of_;
  std::string key_;
};

/// The session of the current request. The answer has `Vary: Cookie` from now on, whatever is done
/// with it: caches must not give it to others. Exceptions: outside_of_context.
ALDIS_API session_values& session();

/// Where sessions come from and go to. The default is cookie_sessions.
///
/// Threads: called from several at the same time.
class ALDIS_API session_interface {
 public:
  virtual ~session_interface();
  virtual session_values open(app& of, const request& from) = 0;
  virtual void save(app& of, session_values& session, response& to) = 0;
};

/// Sessions in a signed cookie, which Flask reads and writes as well. The user can read it, and
/// cannot change it.
class ALDIS_API cookie_sessions final : public session_interface {
 public:
  using clock = std::function<std::int64_t()>;

  /// The clock gives seconds since 1970.
  explicit cookie_sessions(clock now = {});
  session_values open(app& of, const request& from) override;
  void save(app& of, session_values& session, response& to) override;

 private:
  clock now_;
};

/// The cookie of a session: itsdangerous' URLSafeTimedSerializer as Flask sets it up.
ALDIS_API std::string sign_session(const dict& values, std::string_view secret, std::int64_t now);
/// Nothing if none of the secrets has signed it, or if it is older than max_age or from the future.
ALDIS_API std::optional<dict> read_session(std::string_view cookie,
                                           const std::vector<std::string>& secrets,
                                           std::int64_t now,
                                           std::int64_t max_age = std::int64_t{31} * 24 * 3600);

/// Keeps a message for the next page: appends (category, message) to the session's `_flashes`.
/// Sends message_flashed.
ALDIS_API void flash(const value& message, const std::string& category = "message");

struct flashed_message {
  std::string category;
  value message;
};

/// The messages that were flashed, of these categories if there are any. The first call of a
/// request takes them out of the session; the others get the same.
ALDIS_API std::vector<flashed_message> get_flashed_messages(
    const std::vector<std::string>& categories = {});

}  // namespace aldis::web
