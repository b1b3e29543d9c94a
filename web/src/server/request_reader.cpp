#include "server/request_reader.hpp"

#include "http/text.hpp"
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <memory>

namespace aldis::web::detail {

namespace {

namespace http = boost::beast::http;

// A chunk head with its extensions.
constexpr std::size_t chunk_head_limit = 1024;

std::string_view to_view(boost::beast::string_view text) { return {text.data(), text.size()}; }

constexpr bool is_hexadecimal(char c) { return hex_digit(c) >= 0; }
constexpr bool is_control(char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; }

/// Whether it is a name or an address, perhaps with a port: what is allowed between "http://" and a
/// path.
bool is_host(std::string_view text) {
  if (text.empty()) return false;
  std::size_t port = text.find(':');
  if (text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    const std::string_view address = text.substr(1, end - 1);
    if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) {
      return false;
    }
    port = end + 1;
    if (port == text.size()) return true;
    if (text[port] != ':') return false;
  } else {
    const std::string_view name = text.substr(0, port);
    const auto is_allowed = [](char c) {
      return is_digit(c) || is_letter(c) || c == '.' || c == '-' ||
             std::string_view("_~%!$&'()*+,;=").find(c) != std::string_view::npos;
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_allowed)) return false;
    if (port == std::string_view::npos) return true;
  }
  const std::string_view digits = text.substr(port + 1);
  return digits.size() <= 5 && std::all_of(digits.begin(), digits.end(), is_digit);
}

}  // namespace

/// Beast's parser with additional checks. It is only given complete heads, complete chunk heads
/// with their trailers, and data, so it never asks for more.
class request_reader::parser final : public http::basic_parser<true> {
 public:
  parser(request_head& head, std::string& body, const read_limits& limits)
      : head_(head), body_(body), limits_(limits) {
    header_limit(static_cast<std::uint32_t>(
        std::min<std::size_t>(limits.head + chunk_head_limit, UINT32_MAX)));
    body_limit(boost::none);
  }

  /// The input that is being parsed; every field must lie in it.
  std::string_view input;
  bool at_chunk_head = false;
  bool after_chunk = false;
  bool trailers = false;
  rejection why;

 private:
  using error_code = boost::system::error_code;
  using text = boost::beast::string_view;

  void fail(error_code& error, const rejection& reason) {
    why = reason;
    error = http::make_error_code(http::error::bad_field);
  }

  void on_request_impl(http::verb, text method, text target, int version, error_code&) override {
    head_.method = to_view(method);
    head_.target = to_view(target);
    head_.version = version;
  }

  void on_field_impl(http::field name, text raw_name, text value, error_code& error) override {
    // Beast joins a value that is folded over several lines: it then lies outside of the input, or
    // after the end of the first line.
    const char* const begin = raw_name.data() + raw_name.size() + 1;
    const bool here = value.data() >= begin && value.data() <= input.data() + input.size();
    if (!here || std::find(begin, value.data(), '\n') != value.data()) {
      return fail(error, folded_field);
    }
    if (trailers) {
      if (name != http::field::unknown && is_framing(to_view(raw_name)))
        fail(error, framing_trailer);
      return;
    }
    switch (name) {
      case http::field::content_length:
        // Beast accepts lists, and the same length twice.
        if (++lengths_ > 1) return fail(error, length_twice);
        if (!std::all_of(value.begin(), value.end(), detail::is_digit)) {
          return fail(error, no_length);
        }
        break;
      case http::field::transfer_encoding:
        // Beast checks the last coding only, and rejects a second field after "chunked".
        if (head_.chunked || !same_without_case(to_view(value), "chunked")) {
          return fail(error, {400, "Transfer-Encoding is not just 'chunked'."});
        }
        if (head_.version < 11) {
          return fail(error, {400, "Transfer-Encoding does not exist in HTTP/1.0."});
        }
        head_.chunked = true;
        break;
      case http::field::host:
        if (++hosts_ > 1) return fail(error, {400, "Host is given twice."});
        head_.host = to_view(value);
        head_.has_host_field = true;
        if (!head_.host.empty() && !is_host(head_.host)) return fail(error, no_host);
        break;
      case http::field::expect:
        if (!same_without_case(to_view(value), "100-continue")) {
          return fail(error, {417, "Expect is not '100-continue'."});
        }
        head_.expects_continue = head_.version >= 11;
        break;
      default:
        break;
    }
    head_.fields.push_back({to_view(raw_name), to_view(value)});
  }

  void on_header_impl(error_code& error) override {
    head_.keep_alive = keep_alive();
    head_.content_length = length();
    at_chunk_head = head_.chunked;
    if (head_.chunked && lengths_ > 0) {
      return fail(error, length_and_coding);
    }
    if (head_.version >= 11 && hosts_ == 0) return fail(error, {400, "Host is missing."});
    if (head_.content_length.value_or(0) > limits_.body) fail(error, body_too_large);
  }

  std::optional<std::uint64_t> length() const {
    const auto length = content_length();
    return length ? std::optional(*length) : std::nullopt;
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

  std::size_t on_body_impl(text data, error_code&) override {
    append(to_view(data));
    return data.size();
  }

  void on_chunk_header_impl(std::uint64_t size, text, error_code& error) override {
    if (size > limits_.body - body_.size()) return fail(error, body_too_large);
    at_chunk_head = false;
    after_chunk = true;
    trailers = size == 0;
  }

  std::size_t on_chunk_body_impl(std::uint64_t remain, text data, error_code&) override {
    append(to_view(data));
    at_chunk_head = data.size() == remain;
    return data.size();
  }

  /// Grows in few steps, but never beyond the size that the body can have.
  void append(std::string_view data) {
    const std::size_t size = body_.size() + data.size();
    if (size > body_.capacity()) {
      const std::uint64_t max_size = head_.content_length.value_or(limits_.body);
      std::string larger;
      larger.reserve(std::max(
          size, static_cast<std::size_t>(std::min<std::uint64_t>(4 * body_.capacity(), max_size))));
      larger.append(body_);
      body_.swap(larger);
    }
    body_.append(data);
  }

  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, text, int, error_code&) override {}

  request_head& head_;
  std::string& body_;
  const read_limits& limits_;
  int hosts_ = 0;
  int lengths_ = 0;
};

request_reader::request_reader(const read_limits& limits)
    : limits_(limits), parser_(std::make_unique<parser>(head_, body_, limits_)) {}

request_reader::~request_reader() = default;

std::size_t request_reader::read(std::string_view input) {
  const state before = state_;
  std::size_t taken = 0;
  while (state_ == before && (state_ == state::head || state_ == state::body)) {
    const std::string_view rest = input.substr(taken);
    const std::size_t more = state_ == state::head ? read_head(rest) : read_body(rest);
    if (more == 0) break;
    taken += more;
  }
  return taken;
}

std::size_t request_reader::read_head(std::string_view input) {
  if (input.empty()) return 0;
  if (!empty_line_skipped_ && input.front() == '\r') {
    // Some clients send an extra empty line after a body (RFC 9112, 2.2).
    if (input.size() == 1) return 0;
    if (input[1] == '\n') {
      empty_line_skipped_ = true;
      return 2;
    }
  }
  // Input that is not HTTP at all may never contain a line end.
  if (!is_token(input.substr(0, 1))) return reject(not_http);

  const std::size_t size = find_empty_line(input, head_too_large);
  if (size == 0) return 0;
  head_.text = input.substr(0, size);
  if (put(head_.text) != size && !put_as_http_1_1(head_.text)) return 0;
  if (const rejection why = check_target(); why.status != 0) return reject(why);
  if (state_ == state::head) state_ = state::body;
  return size;
}

bool request_reader::put_as_http_1_1(std::string_view head) {
  if (!has_later_minor_version(head)) return false;
  head_of_1_1_.assign(head);
  head_of_1_1_[head.find("\r\n") - 1] = '1';
  head_.text = head_of_1_1_;
  renew_parser();
  state_ = state::head;
  return put(head_.text) == head.size();
}

rejection request_reader::check_target() {
  std::string_view& target = head_.target;
  if (target.find('#') != target.npos) return {400, "The request target has a fragment."};
  if (target.front() == '/' || (target == "*" && head_.method == "OPTIONS")) {
    if (head_.has_host_field && head_.host.empty()) return {400, "Host is empty."};
    return {};
  }
  const std::size_t colon = target.find("://");
  const std::string_view scheme = target.substr(0, colon);
  if (colon == target.npos ||
      (!same_without_case(scheme, "http") && !same_without_case(scheme, "https"))) {
    return {400, "The request target is not a path."};
  }
  // Overrides the Host field (RFC 9112, 3.2.2).
  const std::string_view rest = target.substr(colon + 3);
  head_.absolute = true;
  head_.host = rest.substr(0, rest.find_first_of("/?"));
  if (!is_host(head_.host)) return {400, "The host in the target is not a name with a port."};
  target = rest.substr(head_.host.size());
  if (!target.starts_with('/')) target = target_.assign("/").append(target);
  return {};
}

std::size_t request_reader::read_body(std::string_view input) {
  if (input.empty()) return 0;
  return parser_->at_chunk_head ? read_chunk_head(input) : put(input);
}

std::size_t request_reader::read_chunk_head(std::string_view input) {
  const std::size_t begin = parser_->after_chunk ? 2 : 0;
  if (input.size() < begin) return 0;
  if (input.substr(0, begin) != std::string_view("\r\n", begin)) {
    return reject({400, "A chunk does not end where its size says."});
  }
  const std::size_t end = input.find('\n', begin);
  const std::string_view line = input.substr(begin, end - begin);
  if (line.size() > chunk_head_limit) return reject({400, "A chunk head is too large."});
  if (end == std::string_view::npos) return 0;
  if (line.empty() || line.back() != '\r') return reject(bare_line_feed);

  const auto size_end = std::find_if_not(line.begin(), line.end() - 1, is_hexadecimal);
  const std::string_view size(line.begin(), size_end);
  const std::string_view extension(size_end, line.end() - 1);
  if (size.empty() || (!extension.empty() && extension.front() != ';')) {
    return reject(no_chunk_size);
  }
  if (std::any_of(extension.begin(), extension.end(), is_control)) return reject(chunk_control);
  // More digits than a number of 64 bits has.
  const std::size_t zeros = std::min(size.find_first_not_of('0'), size.size());
  if (size.size() - zeros > 16) return reject(body_too_large);
  if (zeros < size.size()) return put(input.substr(0, end + 1));

  // The last chunk: its head, the trailer fields and the empty line have the form of a request
  // head.
  const std::size_t rest = find_empty_line(input.substr(begin), trailers_too_large);
  return rest == 0 ? 0 : put(input.substr(0, begin + rest));
}

std::size_t request_reader::find_empty_line(std::string_view input, const rejection& too_large) {
  for (;;) {
    const std::size_t end = input.find('\n', searched_);
    searched_ = end == std::string_view::npos ? input.size() : end + 1;
    if (searched_ > limits_.head) return reject(too_large);
    if (end == std::string_view::npos) return 0;
    if (end == line_ || input[end - 1] != '\r') return reject(bare_line_feed);
    if (end - 1 == line_) return searched_;
    line_ = searched_;
  }
}

std::size_t request_reader::put(std::string_view input) {
  line_ = 0;
  searched_ = 0;
  parser_->input = input;
  boost::system::error_code error;
  const std::size_t taken = parser_->put(boost::asio::buffer(input.data(), input.size()), error);
  if (error) return reject(parser_->why.status != 0 ? parser_->why : find_reason(error));
  if (parser_->is_done()) state_ = state::complete;
  return taken;
}

rejection request_reader::find_reason(const boost::system::error_code& error) const {
  const std::string_view input = parser_->input;
  if (state_ == state::head) return find_head_error(input);
  if (error == http::error::bad_chunk || error == http::error::bad_chunk_extension ||
      error == http::error::need_more) {
    return chunk_extension;  // the size was checked before
  }
  return find_trailer_error(input.substr(input.starts_with("\r\n") ? 2 : 0));
}

std::size_t request_reader::reject(const rejection& why) {
  rejection_ = why;
  state_ = state::rejected;
  return 0;
}

void request_reader::renew_parser() {
  // Beast's parser is for one message. Constructing the next one in place needs no allocation.
  std::destroy_at(parser_.get());
  std::construct_at(parser_.get(), head_, body_, limits_);
}

void request_reader::next() {
  renew_parser();
  state_ = state::head;
  line_ = 0;
  searched_ = 0;
  empty_line_skipped_ = false;
  head_.host = {};
  head_.has_host_field = false;
  head_.absolute = false;
  head_.fields.clear();
  head_.content_length.reset();
  head_.chunked = false;
  head_.expects_continue = false;
  body_.clear();
}

}  // namespace aldis::web::detail
