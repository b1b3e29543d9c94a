// center(), strip(), expandtabs(), ...

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/text.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace aldis::templates::detail {

namespace {

/// The number of characters to add to a text for this width. Counts the memory of the result.
std::size_t lacking(std::string_view text, std::int64_t width, std::size_t fill_size,
                    render_context& context) {
  const std::size_t size = count_characters(text);
  if (width <= 0 || static_cast<std::size_t>(width) <= size) return 0;
  const std::size_t count = static_cast<std::size_t>(width) - size;
  context.count_memory(count);
  context.count_memory(count * fill_size);
  return count;
}

void append_times(std::string& out, std::string_view what, std::size_t count) {
  for (; count > 0; --count) out += what;
}

/// `left` computes how many of the added characters go before the text.
template <class Left>
value padded(const value& self, const arguments& args, std::string_view name, Left left) {
  const method_call call(self, args);
  call.take("str", name, 1, 2);
  const std::int64_t width = integer_of(call[0]);
  value fill(" ");
  if (call.find(1)) {
    if (!call[1].is_text()) {
      fail(error_kind::type, "The fill character must be a unicode character, not " +
                                 std::string(type_name(call[1])));
    }
    fill = argument_for(call.self, call[1], call.context);
    if (count_characters(fill.as_text()) != 1) {
      fail(error_kind::type, "The fill character must be exactly one character long");
    }
  }
  const std::string_view text = call.self.as_text();
  const std::size_t count = lacking(text, width, fill.as_text().size(), call.context);
  const std::size_t before = left(count, width);
  std::string result;
  result.reserve(text.size() + count * fill.as_text().size());
  append_times(result, fill.as_text(), before);
  result += text;
  append_times(result, fill.as_text(), count - before);
  return make_text_like(call.self, result, call.context);
}

value stripped(const value& self, const arguments& args, std::string_view name, bool left,
               bool right) {
  const method_call call(self, args);
  call.take("str", name, 0, 1);
  std::u32string characters;
  const bool spaces = !is_given(call.find(0));
  if (!spaces) {
    if (!call[0].is_text()) fail(error_kind::type, std::string(name) + " arg must be None or str");
    characters = to_characters(call[0].as_text());
    std::sort(characters.begin(), characters.end());
  }
  const auto goes = [&](char32_t c) {
    return spaces ? is_space(c) : std::binary_search(characters.begin(), characters.end(), c);
  };
  std::string_view text = call.self.as_text();
  while (left && !text.empty()) {
    std::size_t end = 0;
    if (!goes(next_character(text, end))) break;
    text.remove_prefix(end);
  }
  while (right && !text.empty()) {
    std::size_t begin = text.size();
    if (!goes(previous_character(text, begin))) break;
    text = text.substr(0, begin);
  }
  return make_text_like(call.self, text, call.context);
}

}  // namespace

value text_center(const value& self, const arguments& args) {
  return padded(self, args, "center", [](std::size_t count, std::int64_t width) {
    // With an odd number, the extra character goes where Python puts it.
    return count / 2 + (count & static_cast<std::size_t>(width) & 1);
  });
}
value text_ljust(const value& self, const arguments& args) {
  return padded(self, args, "ljust", [](std::size_t, std::int64_t) { return std::size_t{0}; });
}
value text_rjust(const value& self, const arguments& args) {
  return padded(self, args, "rjust", [](std::size_t count, std::int64_t) { return count; });
}

value text_strip(const value& self, const arguments& args) {
  return stripped(self, args, "strip", true, true);
}
value text_lstrip(const value& self, const arguments& args) {
  return stripped(self, args, "lstrip", true, false);
}
value text_rstrip(const value& self, const arguments& args) {
  return stripped(self, args, "rstrip", false, true);
}

value text_zfill(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("str", "zfill");
  const std::int64_t width = integer_of(call[0]);
  std::string text(call.self.as_text());
  const std::size_t count = lacking(text, width, 1, call.context);
  const bool sign = text.starts_with('+') || text.starts_with('-');
  text.insert(sign ? 1 : 0, count, '0');
  return make_text_like(call.self, text, call.context);
}

value text_expandtabs(const value& self, const arguments& args) {
  const method_call call(self, args);
  const auto [tab_size] = call.named<1>("expandtabs", {"tabsize"});
  const std::int64_t size = tab_size ? integer_of(*tab_size) : 8;
  const auto tab = static_cast<std::size_t>(std::max<std::int64_t>(size, 0));
  const std::string_view text = call.self.as_text();
  std::string result;
  std::size_t column = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    const char32_t c = next_character(text, offset);
    if (c == '\t') {
      const std::size_t blanks = tab == 0 ? 0 : tab - column % tab;
      make_room(result, blanks, call.context);
      result.append(blanks, ' ');
      column += blanks;
      continue;
    }
    column = c == '\n' || c == '\r' ? 0 : column + 1;
    make_room(result, offset - begin, call.context);
    result += text.substr(begin, offset - begin);
  }
  return make_text_like(call.self, result, call.context);
}

}  // namespace aldis::templates::detail
