#pragma once

#include <aldis/export.hpp>
#include <aldis/web/response.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The part of a response head that the connection decides, not the application.
struct head_options {
  int version = 11;
  bool head_only = false;  // the request was HEAD
  bool keep_alive = true;
  std::string_view date = {};  // the value of the Date field
};

/// How the client finds the end of the body.
enum class body_framing { none, length, chunked, until_close };

/// Appends the head of a response. Fields that frame the message are written here; those that the
/// application set are ignored, so head and body cannot disagree.
ALDIS_API body_framing append_head(std::string& to, const response& response,
                                   const head_options& options);

/// Appends one chunk of a chunked body; an empty one is omitted, since it would end the body.
ALDIS_API void append_chunk(std::string& to, std::string_view chunk);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace aldis::web::detail
