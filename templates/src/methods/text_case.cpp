// upper(), islower(), ...

#include "filters/filters.hpp"
#include "methods/text.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

namespace aldis::templates::detail {

namespace {

template <auto Change>
value changed(const value& self, const arguments& args, std::string_view name) {
  const method_call call(self, args);
  call.take_none("str", name);
  return make_text_like(call.self, Change(call.self.as_text()), call.context);
}

/// Whether the text is not empty and every character satisfies the predicate.
template <class Predicate>
value all_characters(const value& self, const arguments& args, std::string_view name,
                     Predicate holds) {
  const method_call call(self, args);
  call.take_none("str", name);
  const std::string_view text = call.self.as_text();
  for (std::size_t offset = 0; offset < text.size();) {
    if (!holds(next_character(text, offset))) return false;
  }
  return !text.empty();
}

/// Whether there are cased characters, and all of them have this case.
value all_cased(const value& self, const arguments& args, std::string_view name,
                character_class other) {
  const method_call call(self, args);
  call.take_none("str", name);
  const std::string_view text = call.self.as_text();
  bool cased = false;
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t c = next_character(text, offset);
    if (is(other, c) || is(character_class::title, c)) return false;
    cased = cased || is_cased(c);
  }
  return cased;
}

}  // namespace

value text_upper(const value& self, const arguments& args) {
  return changed<to_upper>(self, args, "upper");
}
value text_lower(const value& self, const arguments& args) {
  return changed<to_lower>(self, args, "lower");
}
value text_title(const value& self, const arguments& args) {
  return changed<to_title>(self, args, "title");
}
value text_capitalize(const value& self, const arguments& args) {
  return changed<capitalize>(self, args, "capitalize");
}
value text_swapcase(const value& self, const arguments& args) {
  return changed<swap_case>(self, args, "swapcase");
}

value text_casefold(const value& self, const arguments& args) {
  return changed<fold_case>(self, args, "casefold");
}

value text_isupper(const value& self, const arguments& args) {
  return all_cased(self, args, "isupper", character_class::lower);
}
value text_islower(const value& self, const arguments& args) {
  return all_cased(self, args, "islower", character_class::upper);
}

value text_istitle(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("str", "istitle");
  const std::string_view text = call.self.as_text();
  bool inside_word = false;
  bool cased = false;
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t c = next_character(text, offset);
    if (!is_cased(c)) {
      inside_word = false;
      continue;
    }
    if (is(character_class::lower, c) != inside_word) return false;
    inside_word = true;
    cased = true;
  }
  return cased;
}

value text_isalnum(const value& self, const arguments& args) {
  return all_characters(self, args, "isalnum", is_alphanumeric);
}
value text_isalpha(const value& self, const arguments& args) {
  return all_characters(self, args, "isalpha",
                        [](char32_t c) { return is(character_class::alpha, c); });
}
value text_isdecimal(const value& self, const arguments& args) {
  return all_characters(self, args, "isdecimal", is_decimal);
}
value text_isdigit(const value& self, const arguments& args) {
  return all_characters(self, args, "isdigit",
                        [](char32_t c) { return is(character_class::digit, c); });
}
value text_isnumeric(const value& self, const arguments& args) {
  return all_characters(self, args, "isnumeric",
                        [](char32_t c) { return is(character_class::numeric, c); });
}
value text_isspace(const value& self, const arguments& args) {
  return all_characters(self, args, "isspace", is_space);
}

value text_isidentifier(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("str", "isidentifier");
  return is_identifier(self.as_text());
}

// These two are true for empty text.
value text_isascii(const value& self, const arguments& args) {
  const bool all =
      all_characters(self, args, "isascii", [](char32_t c) { return c < 0x80; }).as_boolean();
  return all || self.as_text().empty();
}
value text_isprintable(const value& self, const arguments& args) {
  const bool all = all_characters(self, args, "isprintable", [](char32_t c) {
                     return is(character_class::printable, c);
                   }).as_boolean();
  return all || self.as_text().empty();
}

}  // namespace aldis::templates::detail
