// Filters on text: case, trim, replace, format, ...

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/methods.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <algorithm>

namespace aldis::templates::detail {

namespace {

/// The memory of a text that grows by appending, relative to its final size.
constexpr std::size_t growth = 3;

/// A filter that calls a method of text without arguments.
template <auto Change>
value changed_text(const arguments& args, std::string_view name) {
  const auto [text] = bind_arguments<1>(args, name, {"s"}, 1);
  const value soft = soft_text(*text, args.context());
  const scratch_memory growing(args.context(), growth * soft.as_text().size());
  return make_text_like(soft, Change(soft.as_text()), args.context());
}

value filter_upper(const arguments& args) { return changed_text<to_upper>(args, "do_upper"); }
value filter_lower(const arguments& args) { return changed_text<to_lower>(args, "do_lower"); }
value filter_capitalize(const arguments& args) {
  return changed_text<capitalize>(args, "do_capitalize");
}

bool begins_word(char32_t c) noexcept {
  return is_space(c) || std::u32string_view(U"-({[<").find(c) != std::u32string_view::npos;
}

void append_ascii_title(std::string& out, std::string_view text) {
  bool first = true;
  for (const char c : text) {
    const bool changes = first ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
    out.push_back(changes ? static_cast<char>(c ^ ('a' ^ 'A')) : c);
    first = begins_word(static_cast<unsigned char>(c));
  }
}

void append_title(std::string& out, std::string_view rest) {
  while (!rest.empty()) {
    // Words and separators alternate.
    std::size_t first = 0;
    const bool between = begins_word(next_character(rest, first));
    std::size_t end = first;
    for (std::size_t next = end; next < rest.size(); end = next) {
      if (begins_word(next_character(rest, next)) != between) break;
    }
    out += to_upper(rest.substr(0, first));
    out += to_lower(rest.substr(first, end - first));
    rest.remove_prefix(end);
  }
}

value filter_title(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_title", {"s"}, 1);
  const value soft = soft_text(*of, args.context());
  const std::string_view text = soft.as_text();
  std::string result;
  make_room(result, text.size(), args.context());
  if (is_ascii(text)) {
    append_ascii_title(result, text);
  } else {
    append_title(result, text);
  }
  return make_text(result, args.context());
}

value filter_string(const arguments& args) {
  return soft_text(only_argument(args, "markupsafe._speedups.soft_str"), args.context());
}

value filter_trim(const arguments& args) {
  const auto [text, characters] = bind_arguments<2>(args, "do_trim", {"value", "chars"}, 1);
  const value soft = soft_text(*text, args.context());
  if (!is_given(characters)) return call_method(soft, "strip", {}, args.context());
  return call_method(soft, "strip", {*characters}, args.context());
}

value filter_center(const arguments& args) {
  const auto [text, width] = bind_arguments<2>(args, "do_center", {"value", "width"}, 1);
  const value soft = soft_text(*text, args.context());
  return call_method(soft, "center", {width ? *width : value(80)}, args.context());
}

value filter_replace(const arguments& args) {
  const auto [text, old_text, new_text, count] =
      bind_arguments<4>(args, "do_replace", {"s", "old", "new", "count"}, 3, 1);
  render_context& context = args.context();
  const value times = is_given(count) ? *count : value(-1);
  const auto plain = [&](const value& of) { return value(text_of(of, context)); };
  if (!context.autoescape()) {
    return call_method(plain(*text), "replace", {plain(*old_text), plain(*new_text), times},
                       context);
  }
  const bool escapes =
      has_html_method(*old_text) || (has_html_method(*new_text) && !has_html_method(*text));
  const value soft = escapes ? escape(*text, context) : soft_text(*text, context);
  return call_method(soft, "replace",
                     {soft_text(*old_text, context), soft_text(*new_text, context), times},
                     context);
}

value filter_format(const arguments& args) {
  const auto positional = args.positional();
  render_context& context = args.context();
  const value format = soft_text(positional.front(), context);
  if (args.keywords().empty()) {
    return format_percent(format, tuple{{positional.begin() + 1, positional.end()}}, context);
  }
  if (positional.size() > 1) {
    fail(error_kind::filter_argument,
         "can't handle positional and keyword arguments at the same time");
  }
  dict named;
  for (const keyword_argument& keyword : args.keywords()) named[keyword.name] = keyword.argument;
  return format_percent(format, value(std::move(named)), context);
}

value filter_wordcount(const arguments& args) {
  const auto [text] = bind_arguments<1>(args, "do_wordcount", {"s"}, 1);
  const value soft = soft_text(*text, args.context());
  std::int64_t count = 0;
  bool inside = false;
  for (std::size_t offset = 0; offset < soft.as_text().size();) {
    const bool word = is_word(next_character(soft.as_text(), offset));
    if (word && !inside) ++count;
    inside = word;
  }
  return count;
}

}  // namespace

void add_text_filters(environment::names& filters) {
  add(filters, "upper", filter_upper);
  add(filters, "lower", filter_lower);
  add(filters, "capitalize", filter_capitalize);
  add(filters, "title", filter_title);
  add(filters, "string", filter_string);
  add(filters, "trim", filter_trim);
  add(filters, "center", filter_center);
  add(filters, "replace", filter_replace);
  add(filters, "format", filter_format);
  add(filters, "wordcount", filter_wordcount);
}

}  // namespace aldis::templates::detail
