#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// Sorts as Python does: equal items keep their order. Comparisons may contradict each other, as
/// those of NaN do, or throw, which leaves the items unchanged.
///
/// For fewer than 64 items the comparisons are those of Python, in the same order, so that an error
/// names the same two items. std::sort reads beyond the end if comparisons contradict each other;
/// std::stable_sort uses functions deprecated in C++17, and newer compilers warn about them.
template <class T, class Less>
void stable_sort(std::vector<T>& items, Less less) {
  using indices = std::vector<std::size_t>;
  using iterator = indices::iterator;
  constexpr std::ptrdiff_t run = 64;

  indices order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) { return less(items[a], items[b]); };

  // Finds the end of a run that is in order, or reverses one that is in descending order.
  const auto ordered_until = [&](iterator begin, iterator end) {
    iterator next = begin + 1;
    if (next == end) return end;
    const bool falling = before(*next, *begin);
    do {
      ++next;
    } while (next != end && before(*next, *(next - 1)) == falling);
    if (falling) std::reverse(begin, next);
    return next;
  };
  const auto insert_each = [&](iterator begin, iterator end) {
    for (iterator next = ordered_until(begin, end); next != end; ++next) {
      std::rotate(std::upper_bound(begin, next, *next, before), next, next + 1);
    }
  };

  const auto size = static_cast<std::ptrdiff_t>(order.size());
  for (std::ptrdiff_t i = 0; i < size; i += run) {
    insert_each(order.begin() + i, order.begin() + std::min(i + run, size));
  }
  indices merged(order.size());
  for (std::ptrdiff_t width = run; width < size; width *= 2) {
    for (std::ptrdiff_t i = 0; i < size; i += 2 * width) {
      const iterator begin = order.begin() + i;
      const iterator middle = order.begin() + std::min(i + width, size);
      const iterator end = order.begin() + std::min(i + 2 * width, size);
      std::merge(begin, middle, middle, end, merged.begin() + i, before);
    }
    order.swap(merged);
  }

  std::vector<T> sorted;
  sorted.reserve(items.size());
  for (const std::size_t i : order) sorted.push_back(std::move(items[i]));
  items = std::move(sorted);
}

}  // namespace aldis::templates::detail
