#pragma once

#include <aldis/web/multi_dict.hpp>

#include <string>
#include <string_view>

namespace aldis::web::detail {

/// The value of a cookie without the quotes that set_cookie_value gave it.
std::string unquote_cookie(std::string_view value);

/// Adds what a Cookie header holds.
void parse_cookies(std::string_view header, multi_dict& into);

}  // namespace aldis::web::detail
