#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

namespace {

constexpr std::array<bool, 256> make_specials() {
  std::array<bool, 256> result{};
  for (const char c : {'&', '<', '>', '\'', '"'}) result[static_cast<unsigned char>(c)] = true;
  return result;
}
constexpr std::array<bool, 256> specials = make_specials();

}  // namespace

std::string_view escape_of(char special) noexcept {
  switch (special) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '\'':
      return "&#39;";
    default:
      return "&#34;";
  }
}

std::size_t escaped_size(std::string_view text) noexcept {
  std::size_t size = text.size();
  for (const char c : text) {
    if (specials[static_cast<unsigned char>(c)]) size += escape_of(c).size() - 1;
  }
  return size;
}

void append_escaped(std::string& out, std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* begin = text.data();
  for (const char* here = begin; here != end; ++here) {
    if (!specials[static_cast<unsigned char>(*here)]) [[likely]]
      continue;
    out.append(begin, here);
    out.append(escape_of(*here));
    begin = here + 1;
  }
  out.append(begin, end);
}

void append_escaped_text(std::string& out, const value& of, render_context& context) {
  switch (of.kind()) {
    case value_kind::text: {
      make_room(out, escaped_size(of.as_text()), context);
      append_escaped(out, of.as_text());
      return;
    }
    // Their text contains nothing to escape.
    case value_kind::none:
    case value_kind::boolean:
    case value_kind::integer:
    case value_kind::floating:
    case value_kind::markup:
      append_text(out, of, context);
      return;
    case value_kind::object:
      if (of.as_object().is_markup()) return append_text(out, of, context);
      break;
    default:
      break;
  }
  const std::string plain = text_of(of, context);
  make_room(out, escaped_size(plain), context);
  append_escaped(out, plain);
}

value escape(const value& of, render_context& context) {
  if (of.is_markup()) return of;
  std::string out;
  append_escaped_text(out, of, context);
  return value(value_kind::markup, out);
}

value soft_text(const value& of, render_context& context) {
  if (of.is_text()) return of;
  return value(text_of(of, context));
}

}  // namespace aldis::templates::detail
