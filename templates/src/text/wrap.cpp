#include "wrap.hpp"

#include "memory.hpp"
#include "unicode.hpp"

#include <algorithm>

namespace aldis::templates::detail {

namespace {

// Lines break where the regular expression of Python's textwrap matches.

bool is_break(char32_t c) noexcept { return (c >= '\t' && c <= '\r') || c == ' '; }
bool is_letter(char32_t c) noexcept { return is_word(c) && !is_decimal(c); }
bool may_precede_dash(char32_t c) noexcept {
  return is_word(c) || std::u32string_view(U"!\"'&.,?").find(c) != std::u32string_view::npos;
}

class splitter {
 public:
  explicit splitter(std::u32string_view text) noexcept : text_(text) {}

  /// The end of the chunk that starts at `begin`. Call it for one chunk after the other.
  std::size_t chunk_end(std::size_t begin, bool on_hyphens) noexcept {
    if (is_break(text_[begin])) return run_end(begin);
    // A word may consist of many chunks.
    if (begin >= word_end_) word_end_ = word_end(begin);
    const std::size_t last = word_end_;
    if (!on_hyphens) return last;
    if (is_dash_between_words(begin)) return dash_end(begin);
    for (std::size_t end = begin + 1; end < last; ++end) {
      if (is_hyphen_in_word(end)) return end + 1;
      if (is_dash_between_words(end)) return end;
    }
    return last;
  }

 private:
  bool letter_at(std::size_t offset) const noexcept {
    return offset < text_.size() && is_letter(text_[offset]);
  }
  bool letter_before(std::size_t offset, std::size_t distance) const noexcept {
    return offset >= distance && is_letter(text_[offset - distance]);
  }
  std::size_t run_end(std::size_t begin) const noexcept {
    while (begin < text_.size() && is_break(text_[begin])) ++begin;
    return begin;
  }
  std::size_t word_end(std::size_t begin) const noexcept {
    while (begin < text_.size() && !is_break(text_[begin])) ++begin;
    return begin;
  }
  std::size_t dash_end(std::size_t begin) const noexcept {
    return std::min(text_.find_first_not_of(U'-', begin), text_.size());
  }
  /// Whether there are two or more hyphens between words.
  bool is_dash_between_words(std::size_t begin) const noexcept {
    if (begin == 0 || text_[begin] != '-' || !may_precede_dash(text_[begin - 1])) return false;
    const std::size_t end = dash_end(begin);
    return end - begin >= 2 && end < text_.size() && is_word(text_[end]);
  }
  bool is_hyphen_in_word(std::size_t offset) const noexcept {
    if (text_[offset] != '-') return false;
    const bool before = letter_before(offset, 1) &&
                        (letter_before(offset, 2) ||
                         (offset >= 3 && text_[offset - 2] == '-' && letter_before(offset, 3)));
    if (!before || !letter_at(offset + 1)) return false;
    const bool hyphen = offset + 2 < text_.size() && text_[offset + 2] == '-';
    return letter_at(offset + (hyphen ? 3 : 2));
  }

  std::u32string_view text_;
  std::size_t word_end_ = 0;  // of the last word read
};

/// A part of a paragraph that is broken only if it is longer than a line.
struct chunk {
  std::u32string_view text;
  std::size_t blanks = 0;  // at the end

  bool is_blank() const noexcept { return blanks >= text.size(); }
};

chunk chunk_of(std::u32string_view text) noexcept {
  const auto last = std::find_if_not(text.rbegin(), text.rend(), is_space);
  return {text, static_cast<std::size_t>(last - text.rbegin())};
}

/// How much of a chunk longer than a line goes on this line.
std::size_t length_of_part(std::u32string_view text, std::size_t left,
                           const wrap_options& options) {
  if (options.break_on_hyphens && left > 0) {
    const std::size_t hyphen = text.rfind('-', left - 1);
    if (hyphen != std::u32string_view::npos && hyphen > 0 &&
        text.substr(0, hyphen).find_first_not_of(U'-') != std::u32string_view::npos) {
      return hyphen + 1;
    }
  }
  return left;
}

}  // namespace

std::vector<std::u32string> wrap_paragraph(std::u32string_view paragraph,
                                           const wrap_options& options) {
  splitter split(paragraph);
  std::vector<chunk> chunks;
  for (std::size_t begin = 0; begin < paragraph.size();) {
    const std::size_t end = split.chunk_end(begin, options.break_on_hyphens);
    make_room(chunks, 1);
    chunks.push_back(chunk_of(paragraph.substr(begin, end - begin)));
    begin = end;
  }

  std::vector<std::u32string> lines;
  for (auto next = chunks.begin(); next != chunks.end();) {
    if (!lines.empty() && next->is_blank()) ++next;
    std::u32string line;
    chunk last;
    const auto put = [&](const chunk& part) {
      last = part;
      make_room(line, part.text.size());
      line += part.text;
    };
    while (next != chunks.end() && line.size() + next->text.size() <= options.width) put(*next++);
    if (next != chunks.end() && next->text.size() > options.width) {
      if (options.break_long_words) {
        const std::size_t part = length_of_part(next->text, options.width - line.size(), options);
        put(chunk_of(next->text.substr(0, part)));
        next->text.remove_prefix(part);
      } else if (line.empty()) {
        put(*next++);
      }
    }
    if (last.is_blank()) line.erase(line.size() - last.text.size());
    if (line.empty()) continue;
    make_room(lines, 1);
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace aldis::templates::detail
