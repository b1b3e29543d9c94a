#pragma once

#include <aldis/export.hpp>

#include <exception>
#include <functional>
#include <string>
#include <string_view>

namespace aldis::web {

enum class log_level { debug, info, warning, error };

ALDIS_API std::string_view name_of(log_level level) noexcept;

/// Logs messages of an app. By default it writes warnings and errors to the standard error, and all
/// messages in debug mode. There, a message is one line: control characters, which a client may
/// have sent, are escaped. A sink gets unchanged messages.
///
/// Threads: messages may be logged on any thread; sink and level must be set before.
class ALDIS_API logger {
 public:
  using sink = std::function<void(log_level, std::string_view)>;

  void set_sink(sink to) { sink_ = std::move(to); }
  void set_level(log_level level) noexcept { level_ = level; }
  log_level level() const noexcept { return level_; }

  void debug(std::string_view message) const { log(log_level::debug, message); }
  void info(std::string_view message) const { log(log_level::info, message); }
  void warning(std::string_view message) const { log(log_level::warning, message); }
  void error(std::string_view message) const { log(log_level::error, message); }
  /// Logs the message and the exception, described by describe().
  void exception(std::string_view message, const std::exception_ptr& error) const;

  void log(log_level level, std::string_view message) const;

 private:
  sink sink_;
  log_level level_ = log_level::warning;
};

/// Describes an exception of any type: its type, its message, and the exceptions nested in it. The
/// text is one line: control characters are escaped.
///
///     "std::runtime_error: no jam; caused by std::out_of_range: shelf 7"
ALDIS_API std::string describe(const std::exception_ptr& error);

}  // namespace aldis::web
