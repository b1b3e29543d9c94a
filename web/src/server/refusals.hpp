#pragma once

#include <string_view>

namespace aldis::web::detail {

/// Why a request is refused: the status to answer, and what is wrong with it.
struct refusal {
  int status = 0;
  std::string_view reason;
};

inline constexpr refusal head_too_large{431, "The head of the request is too large."};
inline constexpr refusal trailers_too_large{431,
                                            "The trailer fields of the request are too large."};
inline constexpr refusal body_too_large{413, "The body of the request is too large."};
inline constexpr refusal not_http{400, "This is not a request of HTTP/1."};
inline constexpr refusal bare_line_feed{400, "A line of the request does not end with CR LF."};
inline constexpr refusal folded_field{400, "A field of the request is folded over several lines."};
inline constexpr refusal no_length{400, "Content-Length is not a number."};
inline constexpr refusal length_twice{400, "Content-Length is given twice."};
inline constexpr refusal length_and_coding{400,
                                           "Content-Length and Transfer-Encoding are both given."};
inline constexpr refusal framing_trailer{400,
                                         "A trailer field says how the request is to be read."};
inline constexpr refusal no_chunk_size{400, "The head of a chunk is not a size."};
inline constexpr refusal chunk_control{400, "The head of a chunk has a control character."};
inline constexpr refusal chunk_extension{400, "The extension of a chunk is malformed."};
inline constexpr refusal no_host{400, "Host is not a name with a port."};

/// Fields that decide where a message ends or to whom it goes: behind the body they come too late
/// to be believed. In lower case or any other.
bool is_framing(std::string_view name) noexcept;

/// Beast has refused the head of a request, whose lines end with CR LF, and does not say where and
/// seldom why: this looks for the reason again, in the order of the lines.
refusal why_head_is_refused(std::string_view head);
/// The same of a last chunk: its head and the trailer fields.
refusal why_trailers_are_refused(std::string_view last_chunk);

/// Is it `HTTP/1.2` or later in major version 1? RFC 9110 (2.5) has it read as HTTP/1.1.
bool has_later_minor_version(std::string_view head) noexcept;

}  // namespace aldis::web::detail
