#pragma once

#include <aldis/web/multi_dict.hpp>

#include <string>
#include <string_view>

namespace aldis::web::detail {

enum class plus { as_it_is, as_space };

/// `%41` becomes `A`; escapes that are none stay. The result is UTF-8.
std::string unescape(std::string_view text, plus how = plus::as_it_is);
/// The same, with bytes as they come.
std::string unescape_bytes(std::string_view text, plus how = plus::as_it_is);

/// Escapes all but ASCII letters, digits, `_.-~` and the characters of `safe`.
std::string escape(std::string_view text, std::string_view safe);
/// As `escape`, a blank being `+`: for a query.
std::string escape_query(std::string_view text);
/// Escapes what a URL cannot hold, and leaves alone what is escaped already.
std::string escape_url(std::string_view url);

/// `a=1&b=2`, of a query or a form. Escapes of bytes that are no UTF-8 stay.
multi_dict parse_urlencoded(std::string_view text);

}  // namespace aldis::web::detail
