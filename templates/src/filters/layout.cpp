// Filters for the layout of text: indent, truncate, wordwrap

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"
#include "methods/methods.hpp"
#include "text/lines.hpp"
#include "text/utf8.hpp"
#include "text/wrap.hpp"

#include <limits>

namespace aldis::templates::detail {

namespace {

[[noreturn]] void fail_attribute(const value& of, std::string_view name) {
  fail(error_kind::attribute,
       "'" + std::string(type_name(of)) + "' object has no attribute '" + std::string(name) + "'");
}

std::string indention_of(const value* width, render_context& context) {
  if (!width) return "    ";
  if (width->is_text()) return std::string(width->as_text());
  if (!width->is_integral()) {
    fail(error_kind::type,
         "can't multiply sequence by non-int of type '" + std::string(type_name(*width)) + "'");
  }
  if (width->as_integer() <= 0) return {};
  context.count_memory(static_cast<std::uint64_t>(width->as_integer()));
  return std::string(static_cast<std::size_t>(width->as_integer()), ' ');
}

void append_line(std::string& out, std::string_view line, bool escaped) {
  if (escaped) {
    append_escaped(out, line);
  } else {
    out += line;
  }
}

value filter_indent(const arguments& args) {
  const auto [text, width, first, blank] =
      bind_arguments<4>(args, "do_indent", {"s", "width", "first", "blank"}, 1);
  render_context& context = args.context();
  const std::string indention = indention_of(width, context);
  if (text->is_undefined()) fail_undefined(*text);
  if (text->is(value_kind::list)) fail_attribute(*text, "splitlines");
  if (text->is(value_kind::tuple)) {
    fail(error_kind::type, "can only concatenate tuple (not \"str\") to tuple");
  }
  if (!text->is_text()) {
    fail(error_kind::type, "unsupported operand type(s) for +=: '" + std::string(type_name(*text)) +
                               "' and '" + (has_html_method(*text) ? "Markup" : "str") + "'");
  }
  // A line break at the end does not start another line; an empty text has one line.
  std::string ended;
  make_room(ended, text->as_text().size() + 1, context);
  ended.append(text->as_text()).append("\n");
  const auto lines = lines_of(ended);
  // Adding the markup indentation to text escapes the text.
  const bool escapes = width && width->is_markup() && !text->is_markup();
  const bool blank_too = flag(blank);
  bool safe = text->is_markup() || (escapes && blank_too);
  std::string result;
  make_room(result,
            (escapes ? escaped_size(ended) : ended.size()) + indention.size() * lines.size(),
            context);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) {
      result += "\n";
      if (blank_too || !lines[i].empty()) result += indention;
    }
    append_line(result, lines[i], escapes && (i > 0 || blank_too));
  }
  if (flag(first)) {
    std::string all = indention;
    append_line(all, result, escapes && !safe);
    result = std::move(all);
    safe = safe || escapes;
  }
  context.count_memory(result.size());
  return {safe ? value_kind::markup : value_kind::text, result};
}

/// A length that Python compares with another number.
std::int64_t limit_of(const value& argument) {
  if (argument.is_integral()) return argument.as_integer();
  if (argument.is(value_kind::floating)) {
    fail(error_kind::type, "slice indices must be integers or None or have an __index__ method");
  }
  fail(error_kind::type, "'>=' not supported between instances of '" +
                             std::string(type_name(argument)) + "' and 'int'");
}

/// Python's assertions on length and leeway.
[[noreturn]] void fail_expectation(std::string_view what, std::int64_t least, std::int64_t got) {
  fail(error_kind::python_assertion, "expected " + std::string(what) + " >= " +
                                         std::to_string(least) + ", got " + std::to_string(got));
}

value filter_truncate(const arguments& args) {
  const auto [of, length_given, kill_words, end_given, leeway_given] =
      bind_arguments<5>(args, "do_truncate", {"s", "length", "killwords", "end", "leeway"}, 1, 1);
  render_context& context = args.context();
  const std::int64_t leeway = is_given(leeway_given)
                                  ? limit_of(*leeway_given)
                                  : context.env().options().policies.truncate_leeway;
  const value end = end_given ? *end_given : value("...");
  const std::int64_t limit = length_given ? limit_of(*length_given) : 255;
  const auto end_size = static_cast<std::int64_t>(length(end));
  if (limit < end_size) fail_expectation("length", end_size, limit);
  if (leeway < 0) fail_expectation("leeway", 0, leeway);

  const auto size = static_cast<std::uint64_t>(length(*of));
  const auto longest = static_cast<std::uint64_t>(limit) + static_cast<std::uint64_t>(leeway);
  if (size <= longest) return *of;
  if (!of->is_text()) {
    if (!flag(kill_words)) fail_attribute(*of, "rsplit");
    const std::string type(type_name(*of));
    fail(error_kind::type, "can only concatenate " + type + " (not \"" +
                               std::string(type_name(end)) + "\") to " + type);
  }
  std::string_view text = of->as_text();
  text = text.substr(0, offset_of_character(text, static_cast<std::size_t>(limit - end_size)));
  if (!flag(kill_words)) text = text.substr(0, text.rfind(' '));
  return detail::add(make_text_like(*of, text, context), end, context);
}

std::size_t wrap_width(const value* argument, render_context& context) {
  if (!argument) return wrap_options().width;
  if (argument->is(value_kind::floating) && argument->as_floating() > 0) {
    // Python uses it only when a word is too long, and fails only then.
    return static_cast<std::size_t>(std::min(
        argument->as_floating(), static_cast<double>(std::numeric_limits<std::int32_t>::max())));
  }
  if (!argument->is_integral()) {
    if (!argument->is_number()) {
      fail(error_kind::type, "'<=' not supported between instances of '" +
                                 std::string(type_name(*argument)) + "' and 'int'");
    }
  }
  if (argument->as_floating() <= 0) {
    fail(error_kind::value, "invalid width " + repr_of(*argument, context) + " (must be > 0)");
  }
  return static_cast<std::size_t>(argument->as_integer());
}

value filter_wordwrap(const arguments& args) {
  const auto [text, width, break_long_words, wrapstring, break_on_hyphens] =
      bind_arguments<5>(args, "do_wordwrap",
                        {"s", "width", "break_long_words", "wrapstring", "break_on_hyphens"}, 1, 1);
  render_context& context = args.context();
  if (text->is_undefined()) fail_undefined(*text);
  if (!text->is_text()) fail_attribute(*text, "splitlines");
  const value between = is_given(wrapstring) ? *wrapstring : value(context.env().options().newline);
  const auto paragraphs = lines_of(text->as_text());
  wrap_options options{.break_long_words = flag(break_long_words, true),
                       .break_on_hyphens = flag(break_on_hyphens, true)};
  list wrapped;
  for (const std::string_view paragraph : paragraphs) {
    if (!paragraph.empty()) options.width = wrap_width(width, context);
    const scratch_memory characters(context, sizeof(char32_t) * paragraph.size());
    const auto lines = wrap_paragraph(to_characters(paragraph), options);
    context.count_steps(lines.size() + 1);
    if (lines.empty()) append(wrapped, value(""), context);
    for (const std::u32string& line : lines) append(wrapped, value(to_text(line)), context);
  }
  if (!between.is_text()) fail_attribute(between, "join");
  return call_method(between, "join", {value(std::move(wrapped))}, context);
}

}  // namespace

void add_layout_filters(environment::names& filters) {
  add(filters, "indent", filter_indent);
  add(filters, "truncate", filter_truncate);
  add(filters, "wordwrap", filter_wordwrap);
}

}  // namespace aldis::templates::detail
