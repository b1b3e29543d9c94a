#pragma once

#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// html.unescape: replaces `&amp;`, `&#38;`, `&#x26;` by their characters, by the rules of HTML 5.
std::string unescape_html(std::string_view markup);

/// Markup.striptags: removes comments and tags, collapses white space, and unescapes.
std::string strip_tags(std::string_view markup);

}  // namespace aldis::templates::detail
