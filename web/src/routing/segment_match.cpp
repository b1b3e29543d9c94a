#include "segment_match.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace aldis::web::detail {

namespace {

constexpr std::size_t no_end = std::string_view::npos;

/// Whether the position is inside of a UTF-8 character.
bool in_character(std::string_view text, std::size_t at) noexcept {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

/// The positions from `first` to `last`, both included; none if `last` is less.
struct end_range {
  std::size_t first = 1;
  std::size_t last = 0;
};

/// Computes where a match of a converter may end. It must be asked for all positions at which the
/// match could begin, from the last to the first, so nothing is counted twice.
class variable_ends {
 public:
  variable_ends(const converter& converter, std::string_view text)
      : converter_(converter), text_(text), slash_(text.size()), digits_(text.size()) {
    if (converter.what() != converter::kind::string || !converter.is_bounded()) return;
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (!in_character(text, at)) characters_.push_back(at);
    }
    character_ = characters_.size();
  }

  end_range at(std::size_t begin) {
    const char here = begin < text_.size() ? text_[begin] : '\0';
    switch (converter_.what()) {
      case converter::kind::string:
        return of_string(begin, here);
      case converter::kind::path:
        return begin == text_.size() || here == '/' ? end_range()
                                                    : end_range{begin + 1, text_.size()};
      case converter::kind::uuid:
        return converter_.matches(text_.substr(begin, 36)) ? end_range{begin + 36, begin + 36}
                                                           : end_range();
      default:
        return of_number(begin, here);
    }
  }

 private:
  end_range of_string(std::size_t begin, char here) {
    if (here == '/') slash_ = begin;
    if (!converter_.is_bounded()) return {begin + converter_.min_length(), slash_};
    if (!in_character(text_, begin)) --character_;
    const auto after = [&](std::size_t length) {
      return length < characters_.size() - character_ ? characters_[character_ + length] : no_end;
    };
    const std::optional<std::size_t> longest = converter_.max_length();
    return {after(converter_.min_length()), longest ? std::min(after(*longest), slash_) : slash_};
  }

  end_range of_number(std::size_t begin, char here) {
    const end_range after_sign = number_;
    if (is_digit(here)) {
      number_ = converter_.what() == converter::kind::floating ? fraction_
                                                               : end_range{begin + 1, digits_};
    } else {
      fraction_ = here == '.' ? end_range{begin + 2, digits_} : end_range();
      digits_ = begin;
      number_ = end_range();
    }
    return here == '-' && converter_.is_signed() ? after_sign : number_;
  }

  const converter& converter_;
  std::string_view text_;
  std::size_t slash_;                    // the next slash
  std::size_t digits_;                   // the end of the digits that begin here
  end_range fraction_;                   // of the number whose digits are here
  end_range number_;                     // of the number that begins here, without a sign
  std::vector<std::size_t> characters_;  // where each begins, and the end of the text
  std::size_t character_ = 0;            // the one that begins here, or the next one
};

/// Goes from the last token to the first, and computes for each position of the text whether the
/// remaining tokens match there, and where a variable that begins there then ends.
class segment_match {
 public:
  segment_match(std::string_view text, std::size_t variables)
      : text_(text),
        fits_(text.size() + 1),
        nearest_(text.size() + 1),
        ends_(variables * (text.size() + 1)) {
    fits_.back() = true;
  }

  void add_text(std::string_view token) {
    for (std::size_t begin = 0; begin <= text_.size(); ++begin) {
      const std::size_t end = begin + token.size();
      fits_[begin] = end <= text_.size() && fits_[end] && text_.substr(begin).starts_with(token);
    }
  }

  void add_variable(const converter& converter, std::size_t variable) {
    find_nearest(converter.is_greedy());
    variable_ends ends(converter, text_);
    for (std::size_t begin = text_.size() + 1; begin-- > 0;) {
      const std::size_t end = converter.items().empty()
                                  ? end_among(ends.at(begin), converter.is_greedy())
                                  : end_of_item(converter.items(), begin);
      ends_[variable * fits_.size() + begin] = end;
      fits_[begin] = end != no_end;
    }
  }

  bool fits() const { return fits_.front(); }
  std::size_t end_of(std::size_t variable, std::size_t begin) const {
    return ends_[variable * fits_.size() + begin];
  }

 private:
  bool may_end(std::size_t at) const { return fits_[at] && !in_character(text_, at); }

  /// For each position: the nearest position at which a variable may end, before or after it.
  void find_nearest(bool before) {
    std::size_t found = no_end;
    for (std::size_t i = 0; i < nearest_.size(); ++i) {
      const std::size_t at = before ? i : nearest_.size() - 1 - i;
      if (may_end(at)) found = at;
      nearest_[at] = found;
    }
  }

  std::size_t end_among(end_range allowed, bool greedy) const {
    if (allowed.first > allowed.last) return no_end;
    const std::size_t end = nearest_[greedy ? allowed.last : allowed.first];
    return end >= allowed.first && end <= allowed.last ? end : no_end;
  }

  std::size_t end_of_item(const std::vector<std::string>& items, std::size_t begin) const {
    // Not fits_: for an empty item, its entry at `begin` is being written.
    for (const std::string& item : items) {
      const std::size_t end = begin + item.size();
      if (end <= text_.size() && nearest_[end] == end && text_.substr(begin).starts_with(item)) {
        return end;
      }
    }
    return no_end;
  }

  std::string_view text_;
  std::vector<bool> fits_;
  std::vector<std::size_t> nearest_;
  std::vector<std::size_t> ends_;
};

}  // namespace

bool match_segment(const rule_segment& segment, const std::vector<const converter*>& converters,
                   std::string_view text, std::vector<std::string_view>& values) {
  std::span<const rule_token> tokens(segment.tokens);
  if (const rule_token& first = tokens.front(); !first.variable) {
    if (!text.starts_with(first.text)) return false;
    text.remove_prefix(first.text.size());
    tokens = tokens.subspan(1);
  }
  if (const rule_token& last = tokens.back(); !last.variable) {
    if (!text.ends_with(last.text)) return false;
    text.remove_suffix(last.text.size());
    tokens = tokens.first(tokens.size() - 1);
  }
  // Almost every segment has only one variable.
  if (tokens.size() == 1) {
    if (!converters.front()->matches(text)) return false;
    values.push_back(text);
    return true;
  }

  segment_match found(text, converters.size());
  std::size_t variable = converters.size();
  for (std::size_t i = tokens.size(); i-- > 0;) {
    if (tokens[i].variable) {
      --variable;
      found.add_variable(*converters[variable], variable);
    } else {
      found.add_text(tokens[i].text);
    }
  }
  if (!found.fits()) return false;
  std::size_t begin = 0;
  for (const rule_token& each : tokens) {
    if (!each.variable) {
      begin += each.text.size();
      continue;
    }
    const std::size_t end = found.end_of(variable++, begin);
    values.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return true;
}

}  // namespace aldis::web::detail
