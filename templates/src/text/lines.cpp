#include "lines.hpp"

#include "memory.hpp"
#include "unicode.hpp"
#include "utf8.hpp"

namespace aldis::templates::detail {

std::vector<std::string_view> lines_of(std::string_view text, bool keep_breaks) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t end = offset;
    const char32_t c = next_character(text, offset);
    if (!is_line_break(c)) continue;
    if (c == '\r' && offset < text.size() && text[offset] == '\n') ++offset;
    make_room(lines, 1);
    lines.push_back(text.substr(begin, (keep_breaks ? offset : end) - begin));
    begin = offset;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

}  // namespace aldis::templates::detail
