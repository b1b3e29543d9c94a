#pragma once

#include <aldis/export.hpp>
#include <aldis/web/headers.hpp>

#include "server/rejections.hpp"
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// The largest request that is accepted. A larger one is rejected as soon as its size is known.
struct read_limits {
  std::size_t head = 16UL * 1024;
  std::uint64_t body = 16UL * 1024 * 1024;
};

/// A request head. The views refer to the bytes that were read.
struct request_head {
  std::string_view text;  // all of it, from the request line to the empty line
  std::string_view method;
  // Begins with '/', or is "*". Of an absolute target: the part after the authority.
  std::string_view target;
  // Of an absolute target, else of the Host field; empty if HTTP/1.0 has none.
  std::string_view host;
  bool has_host_field = false;
  bool absolute = false;  // the target was absolute, and overrides the Host field
  int version = 11;
  std::vector<headers::field> fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;
  bool expects_continue = false;

  bool has_body() const noexcept { return chunked || content_length.value_or(0) != 0; }
};

/// Parses requests from a stream of bytes, by Beast's parser with additional checks. Rejects
/// whatever two parsers could read in two ways.
///
/// After a rejection, nothing that follows can be trusted: respond, and close.
class ALDIS_API request_reader {
 public:
  enum class state { head, body, complete, rejected };

  explicit request_reader(const read_limits& limits);
  ~request_reader();
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;

  /// Parses from the beginning of `input`, and returns how much was consumed; the rest must be
  /// passed again, followed by what has arrived since. Stops at the end of the head, at the end of
  /// the request, and where more input is needed.
  std::size_t read(std::string_view input);

  state now() const noexcept { return state_; }
  /// The views refer to the input of the read that completed the head, and some to the reader: they
  /// are valid until either changes.
  const request_head& head() const noexcept { return head_; }
  std::string& body() noexcept { return body_; }
  const rejection& error() const noexcept { return rejection_; }

  /// Starts the next request.
  void next();

 private:
  class parser;

  std::size_t read_head(std::string_view input);
  rejection check_target();
  /// Passes the head to the parser again, as HTTP/1.1.
  bool put_as_http_1_1(std::string_view head);
  void renew_parser();
  std::size_t read_body(std::string_view input);
  std::size_t read_chunk_head(std::string_view input);
  /// The size of the lines up to and including the empty one; 0 if that has not arrived, or if a
  /// line is rejected.
  std::size_t find_empty_line(std::string_view input, const rejection& too_large);
  /// Passes a complete section to the parser.
  std::size_t put(std::string_view input);
  std::size_t reject(const rejection& why);
  rejection find_reason(const boost::system::error_code& error) const;

  read_limits limits_;
  std::unique_ptr<parser> parser_;
  state state_ = state::head;
  std::size_t line_ = 0;      // where the line being searched begins
  std::size_t searched_ = 0;  // where the search for a line end continues
  bool empty_line_skipped_ = false;
  request_head head_;
  std::string head_of_1_1_;  // a head of a later version, changed to 1.1
  std::string target_;       // if an absolute target has no path
  std::string body_;
  rejection rejection_;
};

}  // namespace aldis::web::detail
