#pragma once

// What the methods of text share.

#include "methods/methods.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace aldis::templates::detail {

// text_case.cpp
value text_capitalize(const arguments& given);
value text_casefold(const arguments& given);
value text_isalnum(const arguments& given);
value text_isalpha(const arguments& given);
value text_isascii(const arguments& given);
value text_isdecimal(const arguments& given);
value text_isdigit(const arguments& given);
value text_islower(const arguments& given);
value text_isnumeric(const arguments& given);
value text_isprintable(const arguments& given);
value text_isspace(const arguments& given);
value text_istitle(const arguments& given);
value text_isupper(const arguments& given);
value text_lower(const arguments& given);
value text_swapcase(const arguments& given);
value text_title(const arguments& given);
value text_upper(const arguments& given);

// text_search.cpp
value text_count(const arguments& given);
value text_endswith(const arguments& given);
value text_find(const arguments& given);
value text_index(const arguments& given);
value text_removeprefix(const arguments& given);
value text_removesuffix(const arguments& given);
value text_replace(const arguments& given);
value text_rfind(const arguments& given);
value text_rindex(const arguments& given);
value text_startswith(const arguments& given);

// text_split.cpp
value text_join(const arguments& given);
value text_partition(const arguments& given);
value text_rpartition(const arguments& given);
value text_rsplit(const arguments& given);
value text_split(const arguments& given);
value text_splitlines(const arguments& given);

// text_layout.cpp
value text_center(const arguments& given);
value text_expandtabs(const arguments& given);
value text_ljust(const arguments& given);
value text_lstrip(const arguments& given);
value text_rjust(const arguments& given);
value text_rstrip(const arguments& given);
value text_strip(const arguments& given);
value text_zfill(const arguments& given);

// text_format.cpp
value text_format(const arguments& given);
value text_format_map(const arguments& given);

}  // namespace aldis::templates::detail
