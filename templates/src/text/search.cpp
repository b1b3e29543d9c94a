#include "search.hpp"

#include <algorithm>

// Crochemore and Perrin, Two-way string-matching, 1991. std::string_view::find takes quadratic time
// for "aa...ab" in "aa...a"; so do the standard searchers, except those with tables, which are
// larger than the text.

namespace aldis::templates::detail {

namespace {

/// For texts up to this size, trying each offset is linear enough, and fast: memchr finds
/// candidates.
constexpr std::size_t few = 16;

struct onwards {
  char operator()(std::string_view text, std::ptrdiff_t offset) const noexcept {
    return text.data()[offset];
  }
};
struct backwards {
  char operator()(std::string_view text, std::ptrdiff_t offset) const noexcept {
    return text.data()[std::ssize(text) - 1 - offset];
  }
};

/// The start of the maximal suffix minus one, and its period. `less` is the order of characters.
template <class Direction, class Less>
std::ptrdiff_t largest_suffix(std::string_view of, Direction at, Less less,
                              std::ptrdiff_t& period) noexcept {
  std::ptrdiff_t suffix = -1;
  std::ptrdiff_t other = 0;
  std::ptrdiff_t step = 1;
  period = 1;
  while (other + step < std::ssize(of)) {
    const char a = at(of, other + step);
    const char b = at(of, suffix + step);
    if (less(a, b)) {
      other += step;
      step = 1;
      period = other - suffix;
    } else if (a == b) {
      if (step == period) {
        other += period;
        step = 1;
      } else {
        ++step;
      }
    } else {
      suffix = other;
      ++other;
      step = period = 1;
    }
  }
  return suffix;
}

}  // namespace

template <class Direction>
text_search::factorization text_search::factorized(Direction at) const noexcept {
  std::ptrdiff_t period = 1;
  std::ptrdiff_t other_period = 1;
  const auto cut = largest_suffix(
      what_, at, [](char a, char b) { return a < b; }, period);
  const auto other = largest_suffix(
      what_, at, [](char a, char b) { return a > b; }, other_period);
  factorization result =
      cut > other ? factorization{cut, period} : factorization{other, other_period};
  result.repeats = true;
  for (std::ptrdiff_t i = 0; i <= result.cut && result.repeats; ++i) {
    result.repeats = at(what_, i) == at(what_, i + result.period);
  }
  if (!result.repeats) {
    result.period = std::max(result.cut + 1, std::ssize(what_) - result.cut - 1) + 1;
  }
  return result;
}

template <class Direction>
std::ptrdiff_t text_search::search(std::string_view text, const factorization& of,
                                   Direction at) const noexcept {
  const std::ptrdiff_t size = std::ssize(what_);
  const std::ptrdiff_t last = std::ssize(text) - size;
  std::ptrdiff_t known = -1;  // the text is known to match up to here
  for (std::ptrdiff_t offset = 0; offset <= last;) {
    std::ptrdiff_t i = std::max(of.cut, known) + 1;
    while (i < size && at(what_, i) == at(text, offset + i)) ++i;
    if (i < size) {
      offset += i - of.cut;
      known = -1;
      continue;
    }
    i = of.cut;
    while (i > known && at(what_, i) == at(text, offset + i)) --i;
    if (i <= known) return offset;
    offset += of.period;
    known = of.repeats ? size - of.period - 1 : -1;
  }
  return -1;
}

text_search::text_search(std::string_view what) noexcept : what_(what) {
  if (what.size() <= few) return;
  forwards_ = factorized(onwards{});
  backwards_ = factorized(backwards{});
}

std::size_t text_search::find(std::string_view text, std::size_t begin) const noexcept {
  if (what_.size() <= few) return text.find(what_, begin);
  if (begin > text.size()) return std::string_view::npos;
  const std::ptrdiff_t found = search(text.substr(begin), forwards_, onwards{});
  return found < 0 ? std::string_view::npos : begin + static_cast<std::size_t>(found);
}

std::size_t text_search::rfind(std::string_view text) const noexcept {
  if (what_.size() <= few) return text.rfind(what_);
  const std::ptrdiff_t found = search(text, backwards_, backwards{});
  return found < 0 ? std::string_view::npos
                   : text.size() - what_.size() - static_cast<std::size_t>(found);
}

}  // namespace aldis::templates::detail
