#pragma once

#include <aldis/export.hpp>
#include <aldis/web/headers.hpp>

#include "server/refusals.hpp"
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// How large a request may be. What is larger is refused as soon as that is known.
struct read_limits {
  std::size_t head = 16UL * 1024;
  std::uint64_t body = 16UL * 1024 * 1024;
};

/// The head of a request, in views of the bytes that were read.
struct head_view {
  std::string_view text;  // all of it, from the request line to the empty line
  std::string_view method;
  // Begins with '/', or is "*"; of an absolute target, what follows the authority.
  std::string_view target;
  std::string_view host;  // of an absolute target, else of the field; empty if HTTP/1.0 has none
  bool has_host_field = false;
  bool absolute = false;  // the target was: the field Host does not count
  int version = 11;
  std::vector<headers::field> fields;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = false;
  bool expects_continue = false;

  bool has_body() const noexcept { return chunked || content_length.value_or(0) != 0; }
};

/// Takes requests out of a stream of bytes. Refuses whatever two readers could understand in two
/// ways: Beast's parser with a guard around it.
///
/// After a refusal nothing that follows can be trusted: answer, and close.
class ALDIS_API request_reader {
 public:
  enum class state { head, body, complete, refused };

  explicit request_reader(const read_limits& limits);
  ~request_reader();
  request_reader(const request_reader&) = delete;
  request_reader& operator=(const request_reader&) = delete;

  /// Reads from the beginning of `input` and returns how much it has taken; the rest has to be
  /// offered again, with what has come since behind it. Stops at the end of the head, at the end of
  /// the request, and where there is not enough to go on.
  std::size_t read(std::string_view input);

  state now() const noexcept { return state_; }
  /// The views are into the input of the read that ended the head, and some into the reader: to be
  /// used before the one changes or the other is asked for more.
  const head_view& head() const noexcept { return head_; }
  std::string& body() noexcept { return body_; }
  const refusal& refused() const noexcept { return refusal_; }

  /// Begins the next request.
  void next();

 private:
  class parser;

  std::size_t read_head(std::string_view input);
  refusal check_target();
  /// Gives the parser the head again, as one of HTTP/1.1.
  bool put_as_http_1_1(std::string_view head);
  void renew_parser();
  std::size_t read_body(std::string_view input);
  std::size_t read_chunk_head(std::string_view input);
  /// The size of the lines up to the empty one and with it; 0 if that has not come, or is refused.
  std::size_t find_empty_line(std::string_view input, const refusal& too_large);
  /// Gives the parser what is complete.
  std::size_t put(std::string_view input);
  std::size_t refuse(const refusal& why);
  refusal why_refused(const boost::system::error_code& error) const;

  read_limits limits_;
  std::unique_ptr<parser> parser_;
  state state_ = state::head;
  std::size_t line_ = 0;      // where the line being searched begins
  std::size_t searched_ = 0;  // up to where there is no end of a line
  bool empty_line_skipped_ = false;
  head_view head_;
  std::string head_of_1_1_;  // of a later version, with 1.1 in its place
  std::string target_;       // of an absolute target that has no path
  std::string body_;
  refusal refusal_;
};

}  // namespace aldis::web::detail
