#pragma once

#include "rule.hpp"

#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// Whether the segment matches the text. If so, appends the values of its variables.
///
/// Cost: with one variable, the text is read once. With several, time and memory grow with the
/// length of the text times the number of tokens, each item of `any` counting as one; this holds
/// for any text.
bool match_segment(const rule_segment& segment, const std::vector<const converter*>& converters,
                   std::string_view text, std::vector<std::string_view>& values);

}  // namespace aldis::web::detail
