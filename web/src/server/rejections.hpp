#pragma once

#include <string_view>

namespace aldis::web::detail {

/// Why a request is rejected: the status of the response, and the reason that it tells.
struct rejection {
  int status = 0;
  std::string_view reason;
};

inline constexpr rejection head_too_large{431, "The request head is too large."};
inline constexpr rejection trailers_too_large{431, "The trailer fields are too large."};
inline constexpr rejection body_too_large{413, "The request body is too large."};
inline constexpr rejection not_http{400, "This is not an HTTP/1 request."};
inline constexpr rejection bare_line_feed{400, "A line of the request does not end with CR LF."};
inline constexpr rejection folded_field{400, "A field is folded over several lines."};
inline constexpr rejection no_length{400, "Content-Length is not a number."};
inline constexpr rejection length_twice{400, "Content-Length is given twice."};
inline constexpr rejection length_and_coding{
    400, "Content-Length and Transfer-Encoding are both given."};
inline constexpr rejection framing_trailer{400,
                                           "A trailer field would change how the request is read."};
inline constexpr rejection no_chunk_size{400, "A chunk does not begin with its size."};
inline constexpr rejection chunk_control{400, "A chunk head contains a control character."};
inline constexpr rejection chunk_extension{400, "The extension of a chunk is malformed."};
inline constexpr rejection no_host{400, "Host is not a name with a port."};

/// Whether the field decides where the message ends or where it is routed. Such a field is not
/// allowed in trailers: it would come too late. Case is ignored.
bool is_framing(std::string_view name) noexcept;

/// Finds out why Beast rejected a request head, which its error codes seldom tell. Lines must end
/// with CR LF.
rejection find_head_error(std::string_view head);
/// The same for the last chunk, which is its chunk head and the trailer fields.
rejection find_trailer_error(std::string_view last_chunk);

/// Whether the version is HTTP/1.2 or a later minor version. RFC 9110 (2.5): read it as HTTP/1.1.
bool has_later_minor_version(std::string_view head) noexcept;

}  // namespace aldis::web::detail
