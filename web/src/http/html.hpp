#pragma once

#include <string>
#include <string_view>

namespace aldis::web::detail {

/// Replaces `& < > " '` by entities.
std::string escape_html(std::string_view text);

}  // namespace aldis::web::detail
