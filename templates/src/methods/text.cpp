#include "text.hpp"

#include "filters/filters.hpp"
#include "text/html.hpp"

namespace aldis::templates::detail {

namespace {

value markup_html(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("Markup", "__html__");
  return call.self;
}

value markup_escape(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("Markup", "escape");
  return escape(call[0], call.context);
}

value markup_striptags(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("Markup", "striptags");
  return make_text(strip_tags(call.self.as_text()), call.context);
}

value markup_unescape(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("Markup", "unescape");
  return make_text(unescape_html(call.self.as_text()), call.context);
}

constexpr method_entry of_text[] = {
    {"capitalize", text_capitalize},
    {"casefold", text_casefold},
    {"center", text_center},
    {"count", text_count},
    {"endswith", text_endswith},
    {"expandtabs", text_expandtabs},
    {"find", text_find},
    {"format", text_format},
    {"format_map", text_format_map},
    {"index", text_index},
    {"isalnum", text_isalnum},
    {"isalpha", text_isalpha},
    {"isascii", text_isascii},
    {"isdecimal", text_isdecimal},
    {"isdigit", text_isdigit},
    {"isidentifier", text_isidentifier},
    {"islower", text_islower},
    {"isnumeric", text_isnumeric},
    {"isprintable", text_isprintable},
    {"isspace", text_isspace},
    {"istitle", text_istitle},
    {"isupper", text_isupper},
    {"join", text_join},
    {"ljust", text_ljust},
    {"lower", text_lower},
    {"lstrip", text_lstrip},
    {"partition", text_partition},
    {"removeprefix", text_removeprefix},
    {"removesuffix", text_removesuffix},
    {"replace", text_replace},
    {"rfind", text_rfind},
    {"rindex", text_rindex},
    {"rjust", text_rjust},
    {"rpartition", text_rpartition},
    {"rsplit", text_rsplit},
    {"rstrip", text_rstrip},
    {"split", text_split},
    {"splitlines", text_splitlines},
    {"startswith", text_startswith},
    {"strip", text_strip},
    {"swapcase", text_swapcase},
    {"title", text_title},
    {"upper", text_upper},
    {"zfill", text_zfill},
};

constexpr method_entry of_markup[] = {
    {"__html__", markup_html},
    {"escape", markup_escape},
    {"striptags", markup_striptags},
    {"unescape", markup_unescape},
};

}  // namespace

std::span<const method_entry> text_methods() { return of_text; }
std::span<const method_entry> markup_methods() { return of_markup; }

}  // namespace aldis::templates::detail
