#pragma once

#include <string_view>
#include <vector>

namespace aldis::templates::detail {

/// str.splitlines(): a break at the end does not start another line.
std::vector<std::string_view> lines_of(std::string_view text, bool keep_breaks = false);

}  // namespace aldis::templates::detail
