#include "server/response_writer.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace aldis::web::detail {

namespace {

template <class Number>
void append_number(std::string& to, Number number, int base = 10) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  to.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

/// Is it for the connection to say?
bool is_of_connection(std::string_view name) {
  switch (name.size()) {
    case 10:
      return same_without_case(name, "connection") || same_without_case(name, "keep-alive");
    case 14:
      return same_without_case(name, "content-length");
    case 17:
      return same_without_case(name, "transfer-encoding");
    default:
      return false;
  }
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

body_framing append_head(std::string& to, const response& answer, const answer_terms& terms) {
  const int status = answer.status();
  to.append("HTTP/1.1 ");
  append_number(to, status);
  to.append(" ").append(answer.reason()).append("\r\n");

  bool dated = false;
  for (const auto& [name, value] : answer.headers()) {
    if (is_of_connection(name)) continue;
    if (name.size() == 4 && same_without_case(name, "date")) dated = true;
    to.append(name).append(": ").append(value).append("\r\n");
  }
  if (!dated) to.append("Date: ").append(terms.date).append("\r\n");

  body_framing framing = body_framing::none;
  if (!has_no_body(status)) {
    if (terms.only_head) {
      // What a GET would have got, where the application knows.
      const std::string_view length = answer.headers()["Content-Length"];
      if (!length.empty()) to.append("Content-Length: ").append(length).append("\r\n");
    } else if (const std::optional<std::uint64_t> size = answer.body_size()) {
      to.append("Content-Length: ");
      append_number(to, *size);
      to.append("\r\n");
      framing = body_framing::length;
    } else if (terms.version >= 11) {
      to.append("Transfer-Encoding: chunked\r\n");
      framing = body_framing::chunked;
    } else {
      framing = body_framing::until_close;
    }
  }

  if (!terms.keep_alive || framing == body_framing::until_close) {
    to.append("Connection: close\r\n");
  } else if (terms.version < 11) {
    to.append("Connection: keep-alive\r\n");
  }
  to.append("\r\n");
  return framing;
}

void append_chunk(std::string& to, std::string_view piece) {
  if (piece.empty()) return;
  append_number(to, piece.size(), 16);
  to.append("\r\n").append(piece).append("\r\n");
}

}  // namespace aldis::web::detail
