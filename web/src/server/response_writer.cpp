#include "server/response_writer.hpp"

#include "http/status.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace aldis::web::detail {

namespace {

/// Appends to a text that has been made large enough before: this is most of what there is to do
/// for a small answer, and a look at the capacity for each piece would be half of that.
class appender {
 public:
  appender(std::string& to, std::size_t most) : to_(to), end_(to.size()) {
    to.resize(to.size() + most);
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

/// Is it for the connection to say?
bool is_of_connection(std::string_view name) {
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

body_framing append_head(std::string& to, const response& answer, const answer_terms& terms) {
  const int status = answer.status();
  const std::string_view reason = answer.reason();
  std::size_t most = 200 + reason.size() + terms.date.size();
  for (const auto& [name, value] : answer.headers()) most += name.size() + value.size() + 4;
  appender head(to, most);
  head << "HTTP/1.1 " << static_cast<std::uint64_t>(status) << " " << reason << "\r\n";

  bool dated = false;
  for (const auto& [name, value] : answer.headers()) {
    if (is_of_connection(name)) continue;
    if (name.size() == 4 && same_without_case(name, "date")) dated = true;
    head << name << ": " << value << "\r\n";
  }
  if (!dated) head << "Date: " << terms.date << "\r\n";

  body_framing framing = body_framing::none;
  if (!has_no_body(status)) {
    if (terms.only_head) {
      // What a GET would have got, where the application knows.
      const std::string_view length = answer.headers()["Content-Length"];
      if (!length.empty()) head << "Content-Length: " << length << "\r\n";
    } else if (const std::optional<std::uint64_t> size = answer.body_size()) {
      head << "Content-Length: " << *size << "\r\n";
      framing = body_framing::length;
    } else if (terms.version >= 11) {
      head << "Transfer-Encoding: chunked\r\n";
      framing = body_framing::chunked;
    } else {
      framing = body_framing::until_close;
    }
  }

  if (!terms.keep_alive || framing == body_framing::until_close) {
    head << "Connection: close\r\n";
  } else if (terms.version < 11) {
    head << "Connection: keep-alive\r\n";
  }
  head << "\r\n";
  return framing;
}

void append_chunk(std::string& to, std::string_view piece) {
  if (piece.empty()) return;
  std::array<char, 16> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  to.append(size.data(), end).append("\r\n").append(piece).append("\r\n");
}

}  // namespace aldis::web::detail
