#include "part_match.hpp"

#include "http/text.hpp"

#include <algorithm>
#include <optional>
#include <span>

namespace aldis::web::detail {

namespace {

constexpr std::size_t nowhere = std::string_view::npos;

/// In the middle of a character of UTF-8?
bool in_character(std::string_view text, std::size_t at) noexcept {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

/// From `first` to `last`, which is one of them; none if it is less.
struct ends {
  std::size_t first = 1;
  std::size_t last = 0;
};

/// Where that which a converter takes may end. Asked for every place where it may begin, from the
/// end of the text to its beginning: nothing is counted twice.
class reach {
 public:
  reach(const converter& takes, std::string_view text)
      : takes_(takes), text_(text), slash_(text.size()), digits_(text.size()) {
    if (takes.what() != converter::kind::string || !takes.is_bounded()) return;
    for (std::size_t at = 0; at <= text.size(); ++at) {
      if (!in_character(text, at)) characters_.push_back(at);
    }
    character_ = characters_.size();
  }

  ends from(std::size_t begin) {
    const char here = begin < text_.size() ? text_[begin] : '\0';
    switch (takes_.what()) {
      case converter::kind::string:
        return of_string(begin, here);
      case converter::kind::path:
        return begin == text_.size() || here == '/' ? ends() : ends{begin + 1, text_.size()};
      case converter::kind::uuid:
        return takes_.takes(text_.substr(begin, 36)) ? ends{begin + 36, begin + 36} : ends();
      default:
        return of_number(begin, here);
    }
  }

 private:
  ends of_string(std::size_t begin, char here) {
    if (here == '/') slash_ = begin;
    if (!takes_.is_bounded()) return {begin + takes_.min_length(), slash_};
    if (!in_character(text_, begin)) --character_;
    const auto after = [&](std::size_t length) {
      return length < characters_.size() - character_ ? characters_[character_ + length] : nowhere;
    };
    const std::optional<std::size_t> longest = takes_.max_length();
    return {after(takes_.min_length()), longest ? std::min(after(*longest), slash_) : slash_};
  }

  ends of_number(std::size_t begin, char here) {
    const ends behind = number_;
    if (is_digit(here)) {
      number_ = takes_.what() == converter::kind::floating ? fraction_ : ends{begin + 1, digits_};
    } else {
      fraction_ = here == '.' ? ends{begin + 2, digits_} : ends();
      digits_ = begin;
      number_ = ends();
    }
    return here == '-' && takes_.is_signed() ? behind : number_;
  }

  const converter& takes_;
  std::string_view text_;
  std::size_t slash_;                    // the next one
  std::size_t digits_;                   // where those that begin here end
  ends fraction_;                        // of the number whose digits are here
  ends number_;                          // of the one that begins here, without a sign
  std::vector<std::size_t> characters_;  // where each begins, and the end of the text
  std::size_t character_ = 0;            // the one that begins here, or the next
};

/// Goes from the last piece to the first, and finds for every place of the text whether the rest of
/// the pieces fits there, and how far the variable that begins there then reaches.
class part_match {
 public:
  part_match(std::string_view text, std::size_t variables)
      : text_(text),
        fits_(text.size() + 1),
        nearest_(text.size() + 1),
        ends_(variables * (text.size() + 1)) {
    fits_.back() = true;
  }

  void add_text(std::string_view piece) {
    for (std::size_t begin = 0; begin <= text_.size(); ++begin) {
      const std::size_t end = begin + piece.size();
      fits_[begin] = end <= text_.size() && fits_[end] && text_.substr(begin).starts_with(piece);
    }
  }

  void add_variable(const converter& takes, std::size_t variable) {
    find_nearest(takes.is_greedy());
    reach reaches(takes, text_);
    for (std::size_t begin = text_.size() + 1; begin-- > 0;) {
      const std::size_t end = takes.items().empty()
                                  ? end_among(reaches.from(begin), takes.is_greedy())
                                  : end_of_item(takes.items(), begin);
      ends_[variable * fits_.size() + begin] = end;
      fits_[begin] = end != nowhere;
    }
  }

  bool fits() const { return fits_.front(); }
  std::size_t end_of(std::size_t variable, std::size_t begin) const {
    return ends_[variable * fits_.size() + begin];
  }

 private:
  bool may_end(std::size_t at) const { return fits_[at] && !in_character(text_, at); }

  /// For each place the nearest one where a variable may end: before it, or behind it.
  void find_nearest(bool before) {
    std::size_t found = nowhere;
    for (std::size_t i = 0; i < nearest_.size(); ++i) {
      const std::size_t at = before ? i : nearest_.size() - 1 - i;
      if (may_end(at)) found = at;
      nearest_[at] = found;
    }
  }

  std::size_t end_among(ends allowed, bool greedy) const {
    if (allowed.first > allowed.last) return nowhere;
    const std::size_t end = nearest_[greedy ? allowed.last : allowed.first];
    return end >= allowed.first && end <= allowed.last ? end : nowhere;
  }

  std::size_t end_of_item(const std::vector<std::string>& items, std::size_t begin) const {
    // Not fits_: at `begin`, where an empty item ends, it may be asked while it is written.
    for (const std::string& item : items) {
      const std::size_t end = begin + item.size();
      if (end <= text_.size() && nearest_[end] == end && text_.substr(begin).starts_with(item)) {
        return end;
      }
    }
    return nowhere;
  }

  std::string_view text_;
  std::vector<bool> fits_;
  std::vector<std::size_t> nearest_;
  std::vector<std::size_t> ends_;
};

}  // namespace

bool match_part(const rule_part& part, const std::vector<const converter*>& converters,
                std::string_view text, std::vector<std::string_view>& values) {
  std::span<const piece> pieces(part.pieces);
  if (const piece& first = pieces.front(); !first.variable) {
    if (!text.starts_with(first.text)) return false;
    text.remove_prefix(first.text.size());
    pieces = pieces.subspan(1);
  }
  if (const piece& last = pieces.back(); !last.variable) {
    if (!text.ends_with(last.text)) return false;
    text.remove_suffix(last.text.size());
    pieces = pieces.first(pieces.size() - 1);
  }
  // Almost every part has one variable.
  if (pieces.size() == 1) {
    if (!converters.front()->takes(text)) return false;
    values.push_back(text);
    return true;
  }

  part_match found(text, converters.size());
  std::size_t variable = converters.size();
  for (std::size_t i = pieces.size(); i-- > 0;) {
    if (pieces[i].variable) {
      --variable;
      found.add_variable(*converters[variable], variable);
    } else {
      found.add_text(pieces[i].text);
    }
  }
  if (!found.fits()) return false;
  std::size_t begin = 0;
  for (const piece& each : pieces) {
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
