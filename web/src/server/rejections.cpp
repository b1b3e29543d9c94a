#include "server/rejections.hpp"

#include <aldis/web/headers.hpp>

#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>
#include <utility>

namespace aldis::web::detail {

namespace {

constexpr rejection malformed{400, "The request is malformed."};

constexpr bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
}

std::string_view take_line(std::string_view& text) noexcept {
  const std::size_t end = std::min(text.find("\r\n"), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 2, text.size()));
  return line;
}

std::string_view version_of(std::string_view request_line) noexcept {
  const std::size_t blank = request_line.rfind(' ');
  return blank == request_line.npos ? std::string_view() : request_line.substr(blank + 1);
}

bool is_version(std::string_view text) noexcept {
  return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
         is_digit(text[7]);
}

rejection check_request_line(std::string_view line) {
  const auto [method, rest] = split_once(line, ' ');
  const auto [target, version] = split_once(rest, ' ');
  if (!is_token(method)) return {400, "The method is not a token."};
  if (line.find('\r') != line.npos) return {400, "A CR is not followed by LF."};
  if (target.empty() || version.empty() || version.find(' ') != version.npos) {
    return {400, "The request line is not a method, a target and a version."};
  }
  if (std::any_of(target.begin(), target.end(),
                  [](char c) { return is_control(c) || c == '\t'; })) {
    return {400, "The request target contains a control character."};
  }
  if (!is_version(version)) return {400, "The version is not an HTTP version."};
  if (version[5] != '1') return {505, "The server supports HTTP/1.1 and HTTP/1.0."};
  return {};
}

bool is_list_of_tokens(std::string_view text) {
  while (!text.empty()) {
    const auto [item, rest] = split_once(text, ',');
    if (!trimmed(item).empty() && !is_token(trimmed(item))) return false;
    text = rest;
  }
  return true;
}

rejection check_length(std::string_view value) {
  if (value.empty() || !std::all_of(value.begin(), value.end(), is_digit)) return no_length;
  std::uint64_t length = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), length);
  return read.ec == std::errc() ? rejection() : body_too_large;
}

/// Checks the fields of a head or a trailer section, one after the other.
class field_checker {
 public:
  explicit field_checker(bool trailers) : trailers_(trailers) {}

  rejection check(std::string_view line) {
    const std::size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == line.npos && is_token(trimmed(name))) return {400, "A field has no colon."};
    if (!is_token(name)) return {400, "A field name is not a token."};
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (value.find('\r') != value.npos) return {400, "A CR is not followed by LF."};
    if (std::any_of(value.begin(), value.end(), is_control)) {
      return {400, "A field value contains a control character."};
    }
    if (trailers_ && is_framing(name)) return framing_trailer;
    if (same_without_case(name, "connection") || same_without_case(name, "proxy-connection")) {
      return is_list_of_tokens(value) ? rejection()
                                      : rejection{400, "Connection is not a list of tokens."};
    }
    if (same_without_case(name, "content-length")) {
      if (coded_) return length_and_coding;
      if (std::exchange(measured_, true)) return length_twice;
      return check_length(value);
    }
    if (same_without_case(name, "transfer-encoding")) {
      if (measured_) return length_and_coding;
      if (std::exchange(coded_, true)) return {400, "Transfer-Encoding is given twice."};
    }
    return {};
  }

 private:
  bool trailers_;
  bool coded_ = false;
  bool measured_ = false;
};

rejection check_fields(std::string_view fields, bool trailers) {
  field_checker checker(trailers);
  while (!fields.empty()) {
    const std::string_view line = take_line(fields);
    if (line.empty()) break;
    if (const rejection why = checker.check(line); why.status != 0) return why;
  }
  return malformed;
}

}  // namespace

bool is_framing(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 11> names{"connection",     "content-encoding",
                                                   "content-length", "content-range",
                                                   "content-type",   "expect",
                                                   "host",           "te",
                                                   "trailer",        "transfer-encoding",
                                                   "upgrade"};
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view each) { return same_without_case(each, name); });
}

rejection find_head_error(std::string_view head) {
  const std::string_view line = take_line(head);
  if (const rejection why = check_request_line(line); why.status != 0) return why;
  return check_fields(head, false);
}

rejection find_trailer_error(std::string_view last_chunk) {
  take_line(last_chunk);
  return check_fields(last_chunk, true);
}

bool has_later_minor_version(std::string_view head) noexcept {
  const std::string_view version = version_of(take_line(head));
  return is_version(version) && version[5] == '1' && version[7] > '1';
}

}  // namespace aldis::web::detail
