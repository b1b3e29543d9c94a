#include <aldis/web/logger.hpp>

#include "http/text.hpp"

#include <cstdio>

namespace aldis::web {

std::string_view name_of(log_level level) noexcept {
  switch (level) {
    case log_level::debug:
      return "DEBUG";
    case log_level::info:
      return "INFO";
    case log_level::warning:
      return "WARNING";
    case log_level::error:
      return "ERROR";
  }
  return "";
}

void logger::log(log_level level, std::string_view message) const {
  if (level < level_) return;
  if (sink_) return sink_(level, message);
  std::string line(name_of(level));
  line.append(": ").append(detail::escape_control(message)).append("\n");
  // One write, so that lines of several threads do not interleave.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void logger::exception(std::string_view message, const std::exception_ptr& error) const {
  log(log_level::error, std::string(message) + ": " + describe(error));
}

}  // namespace aldis::web
