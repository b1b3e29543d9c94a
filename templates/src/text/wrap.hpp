#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates::detail {

struct wrap_options {
  std::size_t width = 79;  // not 0
  bool break_long_words = true;
  bool break_on_hyphens = true;
};

/// Wraps a paragraph as Python's textwrap does, keeping its line breaks.
std::vector<std::u32string> wrap_paragraph(std::u32string_view paragraph,
                                           const wrap_options& options);

}  // namespace aldis::templates::detail
