#include "server/access_log.hpp"

#include <array>
#include <ctime>

namespace aldis::web::detail {

namespace {

void append_escaped(std::string& to, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      to.append("\\").push_back(c);
    } else if (code < 0x20 || code >= 0x7f) {
      to.append("\\x").append({digits[code / 16], digits[code % 16]});
    } else {
      to.push_back(c);
    }
  }
}

}  // namespace

std::string access_line(std::string_view client, std::string_view request_line, int status,
                        std::chrono::system_clock::time_point when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm local{};
  localtime_r(&seconds, &local);
  // Not strftime: the names of months must not depend on the locale.
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto two = [](int number) {
    return std::string{static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
  };
  std::string line(client);
  line.append(" - - [").append(two(local.tm_mday)).append("/");
  line.append(months[static_cast<std::size_t>(local.tm_mon)]).append("/");
  line.append(std::to_string(local.tm_year + 1900)).append(" ").append(two(local.tm_hour));
  line.append(":").append(two(local.tm_min)).append(":").append(two(local.tm_sec)).append("] \"");
  append_escaped(line, request_line.empty() ? "-" : request_line);
  return line.append("\" ").append(std::to_string(status)).append(" -");
}

}  // namespace aldis::web::detail
