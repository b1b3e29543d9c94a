#include "urlize.hpp"

#include "unicode.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <array>

// Recognizes the addresses that the regular expressions of Jinja's urlize match, ignoring case.
namespace aldis::templates::detail {

namespace {

using view = std::u32string_view;

/// Lower case of a character; of the non-ASCII letters only those that match an ASCII letter.
char32_t simple_lower(char32_t c) noexcept {
  constexpr char32_t dotted_i = 0x130, dotless_i = 0x131, long_s = 0x17F, kelvin = 0x212A;
  switch (c) {
    case dotted_i:
    case dotless_i:
      return 'i';
    case long_s:
      return 's';
    case kelvin:
      return 'k';
    default:
      return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
  }
}

bool equal_without_case(view text, view lower) noexcept {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char32_t a, char32_t b) { return simple_lower(a) == b; });
}

bool skip_without_case(view& text, view lower) noexcept {
  if (!equal_without_case(text.substr(0, lower.size()), lower)) return false;
  text.remove_prefix(lower.size());
  return true;
}

template <class Predicate>
std::size_t count_while(view text, Predicate holds) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), holds) - text.begin());
}

bool is_hexadecimal(char32_t c) noexcept {
  const char32_t lower = simple_lower(c);
  return is_decimal(c) || (lower >= 'a' && lower <= 'f');
}

bool is_label(char32_t c) noexcept { return is_word(c) || c == '%' || c == '-'; }

/// Matches the end of an address: an optional port and an optional path.
bool is_rest_of_address(view rest) {
  if (rest.starts_with(U':')) {
    const std::size_t digits = count_while(rest.substr(1), is_decimal);
    if (digits < 1 || digits > 5) return false;
    rest.remove_prefix(1 + digits);
  }
  if (rest.empty()) return true;
  return (rest[0] == '/' || rest[0] == '?' || rest[0] == '#') &&
         std::none_of(rest.begin(), rest.end(), is_space);
}

/// Removes the labels that end in a point from `host`. False if one is too short or too long.
bool skip_subdomains(view& host, std::size_t shortest, std::size_t longest) {
  for (std::size_t point; (point = host.find(U'.')) != view::npos; host.remove_prefix(point + 1)) {
    if (point < shortest || point > longest) return false;
  }
  return true;
}

bool is_top_domain(view label) {
  if (label.size() >= 2 && label.size() <= 63 &&
      std::all_of(label.begin(), label.end(),
                  [](char32_t c) { return simple_lower(c) >= 'a' && simple_lower(c) <= 'z'; })) {
    return true;
  }
  if (!skip_without_case(label, U"xn--")) return false;
  return label.size() >= 2 && label.size() <= 59 &&
         std::all_of(label.begin(), label.end(), [](char32_t c) { return is_word(c) || c == '%'; });
}

bool is_well_known_domain(view label) {
  static constexpr std::array<view, 8> known{U"com", U"net", U"int",  U"edu",
                                             U"gov", U"org", U"info", U"mil"};
  return std::any_of(known.begin(), known.end(),
                     [&](view domain) { return equal_without_case(label, domain); });
}

bool is_ip4(view host) {
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!host.starts_with(U'.')) return false;
      host.remove_prefix(1);
    }
    const std::size_t digits = count_while(host, is_decimal);
    if (digits < 1 || digits > 3) return false;
    host.remove_prefix(digits);
  }
  return host.empty();
}

/// Matches an IPv6 address in brackets: two groups that end in a colon, and one to six more.
bool is_ip6(view host) {
  const auto skip_group = [&] {
    host.remove_prefix(std::min<std::size_t>(count_while(host, is_hexadecimal), 4));
    if (!host.starts_with(U':')) return false;
    host.remove_prefix(1);
    return true;
  };
  for (int group = 0; group < 2; ++group) {
    if (!skip_group()) return false;
  }
  for (int group = 0; group < 6; ++group) skip_group();
  return host.empty();
}

bool is_numeric_host(view rest) {
  if (rest.starts_with(U'[')) {
    const std::size_t close = rest.find(U']');
    return close != view::npos && is_ip6(rest.substr(1, close - 1)) &&
           is_rest_of_address(rest.substr(close + 1));
  }
  const std::size_t end = count_while(rest, [](char32_t c) { return is_decimal(c) || c == '.'; });
  return is_ip4(rest.substr(0, end)) && is_rest_of_address(rest.substr(end));
}

bool is_web_address(view word) {
  const auto host_end = [](view rest) {
    return count_while(rest, [](char32_t c) { return is_label(c) || c == '.'; });
  };
  view rest = word;
  const bool scheme = skip_without_case(rest, U"http://") || skip_without_case(rest, U"https://");
  if (scheme || skip_without_case(rest, U"www.")) {
    const std::size_t end = host_end(rest);
    view host = rest.substr(0, end);
    if (is_rest_of_address(rest.substr(end)) && skip_subdomains(host, 1, view::npos) &&
        is_top_domain(host)) {
      return true;
    }
    if (scheme && is_numeric_host(rest)) return true;
  }
  const std::size_t end = host_end(word);
  view host = word.substr(0, end);
  return is_rest_of_address(word.substr(end)) && host.find(U'.') != view::npos &&
         skip_subdomains(host, 2, 63) && is_well_known_domain(host);
}

bool is_mail_address(view word) {
  const std::size_t at = word.rfind(U'@');
  if (at == view::npos || at == 0 || std::any_of(word.begin(), word.end(), is_space)) return false;
  const view host = word.substr(at + 1);
  const std::size_t point = host.rfind(U'.');
  if (point == view::npos || point == 0 || point + 1 == host.size() || !is_word(host[0]))
    return false;
  const view top = host.substr(point + 1);
  return std::all_of(top.begin(), top.end(), is_word) &&
         std::all_of(host.begin(), host.end(),
                     [](char32_t c) { return is_word(c) || c == '.' || c == '-'; });
}

std::size_t occurrences(view text, view what) {
  std::size_t count = 0;
  for (std::size_t offset = 0; (offset = text.find(what, offset)) != view::npos;
       offset += what.size()) {
    ++count;
  }
  return count;
}

/// A word, and the brackets and punctuation around it.
struct surrounded {
  view head;
  view middle;
  view tail;
};

surrounded take_apart(view word) {
  view rest = word;
  for (bool more = true; more;) {
    more = false;
    for (const view open : {view(U"("), view(U"<"), view(U"&lt;")}) {
      if (!rest.starts_with(open)) continue;
      rest.remove_prefix(open.size());
      more = true;
    }
  }
  const view head = word.substr(0, word.size() - rest.size());

  view middle = rest;
  for (bool more = true; more;) {
    more = false;
    for (const view close : {view(U")"), view(U">"), view(U"."), view(U","), view(U"&gt;")}) {
      if (!middle.ends_with(close)) continue;
      middle.remove_suffix(close.size());
      more = true;
    }
  }
  view tail = rest.substr(middle.size());

  // Closing brackets belong to the address if it contains their opening ones.
  constexpr std::array<std::array<view, 2>, 3> pairs{
      {{U"(", U")"}, {U"<", U">"}, {U"&lt;", U"&gt;"}}};
  for (const auto& [open, close] : pairs) {
    const std::size_t opened = occurrences(middle, open);
    if (opened <= occurrences(middle, close)) continue;
    for (std::size_t i = std::min(opened, occurrences(tail, close)); i > 0; --i) {
      const std::size_t end = tail.find(close) + close.size();
      middle = rest.substr(0, middle.size() + end);
      tail.remove_prefix(end);
    }
  }
  return {head, middle, tail};
}

std::u32string trimmed(view address, const urlize_options& options) {
  if (!options.trim) return std::u32string(address);
  const std::ptrdiff_t size = std::ssize(address);
  if (size <= *options.trim) return std::u32string(address);
  const std::ptrdiff_t end =
      *options.trim < 0 ? std::max<std::ptrdiff_t>(size + *options.trim, 0) : *options.trim;
  return std::u32string(address.substr(0, static_cast<std::size_t>(end))) + U"...";
}

/// Makes a link of the middle of a word if it is an address.
std::u32string linked(view middle, const urlize_options& options, view attributes) {
  const auto link = [](view address, view more, view shown) {
    std::u32string text = U"<a href=\"";
    return text.append(address).append(U"\"").append(more).append(U">").append(shown).append(
        U"</a>");
  };
  const auto prefixed = [&](view prefix) { return std::u32string(prefix).append(middle); };

  if (is_web_address(middle)) {
    const bool complete = middle.starts_with(U"https://") || middle.starts_with(U"http://");
    return link(complete ? std::u32string(middle) : prefixed(U"https://"), attributes,
                trimmed(middle, options));
  }
  constexpr view mail = U"mailto:";
  if (middle.starts_with(mail) && is_mail_address(middle.substr(mail.size()))) {
    return link(middle, {}, middle.substr(mail.size()));
  }
  if (!middle.starts_with(U"www.") && middle.find(U':') == view::npos && is_mail_address(middle)) {
    return link(prefixed(mail), {}, middle);
  }
  std::u32string result(middle);
  for (const std::u32string& scheme : options.extra_schemes) {
    if (result != scheme && result.starts_with(scheme)) result = link(result, attributes, result);
  }
  return result;
}

}  // namespace

std::string urlize(std::string_view escaped, const urlize_options& options) {
  const std::u32string text = to_characters(escaped);
  const std::u32string attributes = to_characters(options.attributes);
  std::string result;
  for (view rest = text; !rest.empty();) {
    const std::size_t spaces = count_while(rest, is_space);
    result += to_text(rest.substr(0, spaces));
    rest.remove_prefix(spaces);
    const std::size_t size = count_while(rest, [](char32_t c) { return !is_space(c); });
    const surrounded word = take_apart(rest.substr(0, size));
    result += to_text(word.head);
    result += to_text(linked(word.middle, options, attributes));
    result += to_text(word.tail);
    rest.remove_prefix(size);
  }
  return result;
}

bool is_scheme(std::string_view text) {
  const std::u32string characters = to_characters(text);
  view rest = characters;
  const std::size_t name =
      count_while(rest, [](char32_t c) { return is_word(c) || c == '.' || c == '+' || c == '-'; });
  if (name < 2) return false;
  rest.remove_prefix(name);
  return rest == U":" || rest == U":/" || rest == U"://";
}

}  // namespace aldis::templates::detail
