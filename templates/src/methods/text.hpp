#pragma once

// The methods of text, and their common parts.

#include "methods/methods.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace aldis::templates::detail {

// text_case.cpp
value text_capitalize(const value& self, const arguments& given);
value text_casefold(const value& self, const arguments& given);
value text_isalnum(const value& self, const arguments& given);
value text_isalpha(const value& self, const arguments& given);
value text_isascii(const value& self, const arguments& given);
value text_isdecimal(const value& self, const arguments& given);
value text_isdigit(const value& self, const arguments& given);
value text_isidentifier(const value& self, const arguments& given);
value text_islower(const value& self, const arguments& given);
value text_isnumeric(const value& self, const arguments& given);
value text_isprintable(const value& self, const arguments& given);
value text_isspace(const value& self, const arguments& given);
value text_istitle(const value& self, const arguments& given);
value text_isupper(const value& self, const arguments& given);
value text_lower(const value& self, const arguments& given);
value text_swapcase(const value& self, const arguments& given);
value text_title(const value& self, const arguments& given);
value text_upper(const value& self, const arguments& given);

// text_search.cpp
value text_count(const value& self, const arguments& given);
value text_endswith(const value& self, const arguments& given);
value text_find(const value& self, const arguments& given);
value text_index(const value& self, const arguments& given);
value text_removeprefix(const value& self, const arguments& given);
value text_removesuffix(const value& self, const arguments& given);
value text_replace(const value& self, const arguments& given);
value text_rfind(const value& self, const arguments& given);
value text_rindex(const value& self, const arguments& given);
value text_startswith(const value& self, const arguments& given);

// text_split.cpp
value text_join(const value& self, const arguments& given);
value text_partition(const value& self, const arguments& given);
value text_rpartition(const value& self, const arguments& given);
value text_rsplit(const value& self, const arguments& given);
value text_split(const value& self, const arguments& given);
value text_splitlines(const value& self, const arguments& given);

// text_layout.cpp
value text_center(const value& self, const arguments& given);
value text_expandtabs(const value& self, const arguments& given);
value text_ljust(const value& self, const arguments& given);
value text_lstrip(const value& self, const arguments& given);
value text_rjust(const value& self, const arguments& given);
value text_rstrip(const value& self, const arguments& given);
value text_strip(const value& self, const arguments& given);
value text_zfill(const value& self, const arguments& given);

// text_format.cpp
value text_format(const value& self, const arguments& given);
value text_format_map(const value& self, const arguments& given);

}  // namespace aldis::templates::detail
