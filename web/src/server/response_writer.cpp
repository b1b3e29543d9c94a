#include "server/response_writer.hpp"

#include "http/status.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace aldis::web::detail {

namespace {

/// Appends to a string that was made large enough before. Appending is most of the work for a small
/// response, and checking the capacity each time would be half of that.
class appender {
 public:
  appender(std::string& to, std::size_t max_size) : to_(to), end_(to.size()) {
    to.resize(to.size() + max_size);
  }
  appender(const appender&) = delete;
  appender& operator=(const appender&) = delete;
  ~appender() { to_.resize(end_); }

  appender& operator<<(std::string_view text) noexcept {
    text.copy(to_.data() + end_, text.size());
    end_ += text.size();
    return *this;
  }
  appender& operator<<(std::uint64_t number) noexcept {
    char* const begin = to_.data() + end_;
    end_ += static_cast<std::size_t>(std::to_chars(begin, begin + digits, number).ptr - begin);
    return *this;
  }

 private:
  static constexpr std::size_t digits = 20;

  std::string& to_;
  std::size_t end_;
};

/// Whether the connection, not the application, sets this field.
bool is_connection_field(std::string_view name) {
  switch (name.size()) {
    case 10:
      return same_without_case(name, "connection") || same_without_case(name, "keep-alive");
    case 14:
      return name == "Content-Length" || same_without_case(name, "content-length");
    case 17:
      return same_without_case(name, "transfer-encoding");
    default:
      return false;
  }
}

}  // namespace

body_framing append_head(std::string& to, const response& response, const head_options& options) {
  const int status = response.status();
  const std::string_view reason = response.reason();
  std::size_t max_size = 200 + reason.size() + options.date.size();
  for (const auto& [name, value] : response.headers()) max_size += name.size() + value.size() + 4;
  appender head(to, max_size);
  head << "HTTP/1.1 " << static_cast<std::uint64_t>(status) << " " << reason << "\r\n";

  bool dated = false;
  for (const auto& [name, value] : response.headers()) {
    if (is_connection_field(name)) continue;
    if (name.size() == 4 && same_without_case(name, "date")) dated = true;
    head << name << ": " << value << "\r\n";
  }
  if (!dated) head << "Date: " << options.date << "\r\n";

  body_framing framing = body_framing::none;
  if (!has_no_body(status)) {
    if (options.head_only) {
      // The length that a GET would have, if the application knows it.
      const std::string_view length = response.headers()["Content-Length"];
      if (!length.empty()) head << "Content-Length: " << length << "\r\n";
    } else if (const std::optional<std::uint64_t> size = response.body_size()) {
      head << "Content-Length: " << *size << "\r\n";
      framing = body_framing::length;
    } else if (options.version >= 11) {
      head << "Transfer-Encoding: chunked\r\n";
      framing = body_framing::chunked;
    } else {
      framing = body_framing::until_close;
    }
  }

  if (!options.keep_alive || framing == body_framing::until_close) {
    head << "Connection: close\r\n";
  } else if (options.version < 11) {
    head << "Connection: keep-alive\r\n";
  }
  head << "\r\n";
  return framing;
}

void append_chunk(std::string& to, std::string_view chunk) {
  if (chunk.empty()) return;
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), chunk.size(), 16).ptr;
  to.append(size.data(), end).append("\r\n").append(chunk).append("\r\n");
}

}  // namespace aldis::web::detail
