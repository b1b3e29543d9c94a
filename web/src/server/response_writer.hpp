#pragma once

#include <aldis/export.hpp>
#include <aldis/web/response.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// What the connection, not the application, decides about an answer.
struct answer_terms {
  int version = 11;
  bool only_head = false;  // the request was HEAD
  bool keep_alive = true;
  std::string_view date = {};  // as in the field Date
};

/// How a client finds the end of the body.
enum class body_framing { none, length, chunked, until_close };

/// Appends the head of an answer. Fields that say where the answer ends are written here and taken
/// from nobody, so head and body cannot disagree.
ALDIS_API body_framing append_head(std::string& to, const response& answer,
                                   const answer_terms& terms);

/// Appends one piece of a chunked body; an empty one is left out, since it would be the last.
ALDIS_API void append_chunk(std::string& to, std::string_view piece);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace aldis::web::detail
