#include "sorting.hpp"

#include "operations.hpp"

#include <algorithm>
#include <bit>

namespace aldis::templates::detail {

namespace {

bool key_less(const keyed& a, const keyed& b) { return less(a.key, b.key); }

/// What Python does with few items, comparison by comparison: what has no order, as a NaN, ends up
/// in the same place, and errors tell of the same two.
void sort_few(std::vector<keyed>& items) {
  const auto at = [&](std::size_t place) {
    return items.begin() + static_cast<std::ptrdiff_t>(place);
  };
  if (items.size() < 2) return;
  const bool falling = key_less(items[1], items[0]);
  std::size_t sorted = 2;
  while (sorted < items.size() && key_less(items[sorted], items[sorted - 1]) == falling) ++sorted;
  if (falling) std::reverse(items.begin(), at(sorted));
  for (; sorted < items.size(); ++sorted) {
    std::size_t from = 0;
    std::size_t to = sorted;
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      if (key_less(items[sorted], items[middle])) {
        to = middle;
      } else {
        from = middle + 1;
      }
    }
    std::rotate(at(from), at(sorted), at(sorted + 1));
  }
}

}  // namespace

void sort(std::vector<keyed>& items, bool descending, evaluation& within) {
  within.count_steps(items.size() * static_cast<std::size_t>(std::bit_width(items.size())));
  // Python turns the list round, sorts it and turns it back: equal ones stay in order, and errors
  // tell of the same two.
  if (descending) std::reverse(items.begin(), items.end());
  constexpr std::size_t few = 64;
  if (items.size() < few) {
    sort_few(items);
  } else {
    std::stable_sort(items.begin(), items.end(), key_less);
  }
  if (descending) std::reverse(items.begin(), items.end());
}

}  // namespace aldis::templates::detail
