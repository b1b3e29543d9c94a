#pragma once

#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// The characters that `&amp;`, `&#38;`, `&#x26;` stand for, by the rules of HTML 5: html.unescape.
std::string unescape_html(std::string_view markup);

/// Without comments and tags, one space for each run of white space, and unescaped.
std::string strip_tags(std::string_view markup);

}  // namespace aldis::templates::detail
