#pragma once

// The methods of text, and their common parts.

#include "methods/methods.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace aldis::templates::detail {

// text_case.cpp
value text_capitalize(const value& self, const arguments& args);
value text_casefold(const value& self, const arguments& args);
value text_isalnum(const value& self, const arguments& args);
value text_isalpha(const value& self, const arguments& args);
value text_isascii(const value& self, const arguments& args);
value text_isdecimal(const value& self, const arguments& args);
value text_isdigit(const value& self, const arguments& args);
value text_isidentifier(const value& self, const arguments& args);
value text_islower(const value& self, const arguments& args);
value text_isnumeric(const value& self, const arguments& args);
value text_isprintable(const value& self, const arguments& args);
value text_isspace(const value& self, const arguments& args);
value text_istitle(const value& self, const arguments& args);
value text_isupper(const value& self, const arguments& args);
value text_lower(const value& self, const arguments& args);
value text_swapcase(const value& self, const arguments& args);
value text_title(const value& self, const arguments& args);
value text_upper(const value& self, const arguments& args);

// text_search.cpp
value text_count(const value& self, const arguments& args);
value text_endswith(const value& self, const arguments& args);
value text_find(const value& self, const arguments& args);
value text_index(const value& self, const arguments& args);
value text_removeprefix(const value& self, const arguments& args);
value text_removesuffix(const value& self, const arguments& args);
value text_replace(const value& self, const arguments& args);
value text_rfind(const value& self, const arguments& args);
value text_rindex(const value& self, const arguments& args);
value text_startswith(const value& self, const arguments& args);

// text_split.cpp
value text_join(const value& self, const arguments& args);
value text_partition(const value& self, const arguments& args);
value text_rpartition(const value& self, const arguments& args);
value text_rsplit(const value& self, const arguments& args);
value text_split(const value& self, const arguments& args);
value text_splitlines(const value& self, const arguments& args);

// text_layout.cpp
value text_center(const value& self, const arguments& args);
value text_expandtabs(const value& self, const arguments& args);
value text_ljust(const value& self, const arguments& args);
value text_lstrip(const value& self, const arguments& args);
value text_rjust(const value& self, const arguments& args);
value text_rstrip(const value& self, const arguments& args);
value text_strip(const value& self, const arguments& args);
value text_zfill(const value& self, const arguments& args);

// text_format.cpp
value text_format(const value& self, const arguments& args);
value text_format_map(const value& self, const arguments& args);

}  // namespace aldis::templates::detail
