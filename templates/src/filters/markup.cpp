// Filters that make markup and URLs.

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"
#include "methods/methods.hpp"
#include "text/html.hpp"
#include "text/quote.hpp"
#include "text/unicode.hpp"
#include "text/urlize.hpp"
#include "text/utf8.hpp"

#include <limits>
#include <set>

namespace aldis::templates::detail {

namespace {

value filter_escape(const arguments& args) {
  return escape(only_argument(args, "markupsafe._speedups.escape"), args.context());
}

value filter_forceescape(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_forceescape", {"value"}, 1);
  return escape(value(text_of(*of, args.context())), args.context());
}

value filter_safe(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_mark_safe", {"value"}, 1);
  return {value_kind::markup, text_of(*of, args.context())};
}

value filter_striptags(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_striptags", {"value"}, 1);
  return make_text(strip_tags(text_of(*of, args.context())), args.context());
}

/// Makes Markup where text is escaped, else text.
value markup_or_text(std::string_view text, render_context& context) {
  context.count_memory(text.size());
  return {context.autoescape() ? value_kind::markup : value_kind::text, text};
}

value filter_xmlattr(const arguments& args) {
  const auto [of, autospace] = bind_arguments<2>(args, "do_xmlattr", {"d", "autospace"}, 1, 1);
  render_context& context = args.context();
  std::string result;
  for (const value& pair : pairs_of(*of, context)) {
    const value& key = pair.as_tuple()[0];
    const value& mapped = pair.as_tuple()[1];
    if (mapped.is_none() || mapped.is_undefined()) continue;
    if (!key.is_text()) {
      fail(error_kind::type,
           "expected string or bytes-like object, got '" + std::string(type_name(key)) + "'");
    }
    if (key.as_text().find_first_of(" \t\n\r\f\v/>=") != std::string_view::npos) {
      fail(error_kind::value, "Invalid character in attribute name: " + repr_of(key, context));
    }
    if (!result.empty()) result += " ";
    append_escaped_text(result, key, context);
    make_room(result, 2, context);
    result += "=\"";
    append_escaped_text(result, mapped, context);
    // Plus the space before or after it.
    make_room(result, 2, context);
    result += "\"";
  }
  if (flag(autospace, true) && !result.empty()) result.insert(0, " ");
  return markup_or_text(result, context);
}

value filter_urlencode(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_urlencode", {"value"}, 1);
  render_context& context = args.context();
  if (of->is_text() || !is_iterable(*of)) {
    const std::string text = text_of(*of, context);
    // Each byte may become three.
    const scratch_memory quoted(context, std::uint64_t{9} * text.size());
    return make_text(quote_url(text), context);
  }
  const list pairs = of->is(value_kind::dict) ? pairs_of(*of, context) : items_of(*of, context);
  std::string query;
  for (const value& each : pairs) {
    if (!is_iterable(each)) {
      fail(error_kind::type,
           "cannot unpack non-iterable " + std::string(type_name(each)) + " object");
    }
    const list pair = items_of(each, context);
    if (pair.size() > 2) fail(error_kind::value, "too many values to unpack (expected 2)");
    if (pair.size() < 2) {
      fail(error_kind::value,
           "not enough values to unpack (expected 2, got " + std::to_string(pair.size()) + ")");
    }
    if (!query.empty()) query += "&";
    query += quote_url(text_of(pair[0], context), true);
    query += "=";
    query += quote_url(text_of(pair[1], context), true);
  }
  return make_text(query, context);
}

/// The words of `rel`, sorted, without duplicates.
std::string joined_words(std::initializer_list<std::string_view> texts) {
  std::set<std::string> words;
  for (const std::string_view text : texts) {
    std::string word;
    for (std::size_t offset = 0; offset < text.size();) {
      const char32_t c = next_character(text, offset);
      if (!is_space(c)) append_character(word, c);
      if ((is_space(c) || offset == text.size()) && !word.empty()) {
        words.insert(std::exchange(word, {}));
      }
    }
  }
  std::string joined;
  for (const std::string& word : words) {
    if (!joined.empty()) joined += " ";
    joined += word;
  }
  return joined;
}

std::string link_attribute(std::string_view name, const value& content, render_context& context) {
  std::string text;
  if (!truth(content)) return text;
  text.append(" ").append(name).append("=\"");
  append_escaped_text(text, content, context);
  return text + "\"";
}

std::vector<std::u32string> schemes_of(const value* argument, render_context& context) {
  std::vector<std::u32string> schemes;
  const auto add_scheme = [&](std::string_view scheme) {
    if (!is_scheme(scheme)) {
      fail(error_kind::filter_argument,
           repr_of(value(scheme), context) + " is not a valid URI scheme prefix.");
    }
    schemes.push_back(to_characters(scheme));
  };
  if (!is_given(argument)) {
    for (const std::string& scheme : context.env().options().policies.urlize_extra_schemes) {
      add_scheme(scheme);
    }
    return schemes;
  }
  for (const value& scheme : items_of(*argument, context)) {
    if (!scheme.is_text()) {
      fail(error_kind::type,
           "expected string or bytes-like object, got '" + std::string(type_name(scheme)) + "'");
    }
    add_scheme(scheme.as_text());
  }
  return schemes;
}

value filter_urlize(const arguments& args) {
  const auto [of, limit, nofollow, target, rel, extra_schemes] = bind_arguments<6>(
      args, "do_urlize", {"value", "trim_url_limit", "nofollow", "target", "rel", "extra_schemes"},
      1, 1);
  render_context& context = args.context();
  const policies& policies = context.env().options().policies;
  urlize_options options;
  if (is_given(limit)) options.trim = integer_of(*limit);
  const std::string words = joined_words({is_given(rel) ? text_of(*rel, context) : "",
                                          flag(nofollow) ? "nofollow" : "", policies.urlize_rel});
  options.attributes = link_attribute("rel", words, context);
  options.attributes += link_attribute(
      "target", is_given(target) ? *target : value(policies.urlize_target.value_or("")), context);
  options.extra_schemes = schemes_of(extra_schemes, context);
  const value escaped = escape(*of, context);
  // A link contains its address twice. The shortest address, with the space after it, has five
  // bytes.
  const std::size_t size = escaped.as_text().size();
  context.count_memory(8 * size);
  context.count_memory((size / 5 + 1) * options.attributes.size());
  // Each word is compared with each scheme.
  context.count_steps(size / 16 * options.extra_schemes.size());
  return markup_or_text(urlize(escaped.as_text(), options), context);
}

}  // namespace

void add_markup_filters(environment::names& filters) {
  add(filters, "escape", filter_escape);
  add(filters, "e", filter_escape);
  add(filters, "forceescape", filter_forceescape);
  add(filters, "safe", filter_safe);
  add(filters, "striptags", filter_striptags);
  add(filters, "xmlattr", filter_xmlattr);
  add(filters, "urlencode", filter_urlencode);
  add(filters, "urlize", filter_urlize);
}

}  // namespace aldis::templates::detail
