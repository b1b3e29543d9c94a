#pragma once

#include <aldis/web/multi_dict.hpp>

#include <string>
#include <string_view>

namespace aldis::web::detail {

enum class plus { literal, as_space };

/// Decodes escapes, `%41` to `A`; malformed ones are left alone. The result is valid UTF-8.
std::string unescape(std::string_view text, plus how = plus::literal);
/// The same, but the result may be any bytes.
std::string unescape_bytes(std::string_view text, plus how = plus::literal);

/// Escapes all but ASCII letters, digits, `_.-~` and the characters of `safe`.
std::string escape(std::string_view text, std::string_view safe);
/// Escapes a name or value for a query; a blank becomes `+`.
std::string escape_query(std::string_view text);
/// Escapes characters that a URL cannot contain, and leaves existing escapes alone.
std::string escape_url(std::string_view url);

/// Parses a query or form, `a=1&b=2`. Escapes of bytes that are not UTF-8 are left alone.
multi_dict parse_urlencoded(std::string_view text);

}  // namespace aldis::web::detail
