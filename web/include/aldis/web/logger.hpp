#pragma once

#include <aldis/export.hpp>

#include <exception>
#include <functional>
#include <string>
#include <string_view>

namespace aldis::web {

enum class log_level { debug, info, warning, error };

ALDIS_API std::string_view name_of(log_level level) noexcept;

/// What an app has to say to those who run it. By default lines go to the standard error, warnings
/// and worse; all of them in debug mode. A message is one line there: control characters, which a
/// client may have sent, are escaped. A sink gets messages as they are.
///
/// Threads: messages may come from any thread; sink and level are set before.
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
  /// The message, and the exception as describe() has it.
  void exception(std::string_view message, const std::exception_ptr& error) const;

  void log(log_level level, std::string_view message) const;

 private:
  sink sink_;
  log_level level_ = log_level::warning;
};

/// An exception in words, of whatever type: its type, its text, and those nested in it. One line:
/// control characters are escaped.
///
///     "std::runtime_error: no jam; caused by std::out_of_range: shelf 7"
ALDIS_API std::string describe(const std::exception_ptr& error);

}  // namespace aldis::web
