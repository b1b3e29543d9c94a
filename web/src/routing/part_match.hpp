#pragma once

#include "rule.hpp"

#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// Does the text fit the part? Appends what its variables take, if it does.
///
/// Cost: with one variable, one look at the text. With several, time and memory grow with the
/// length of the text times the number of pieces, items of `any` among them; never more, whatever
/// the text is.
bool match_part(const rule_part& part, const std::vector<const converter*>& converters,
                std::string_view text, std::vector<std::string_view>& values);

}  // namespace aldis::web::detail
