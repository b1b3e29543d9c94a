#include "sorting.hpp"

#include "operations.hpp"

#include <algorithm>
#include <bit>

namespace aldis::templates::detail {

namespace {

/// As Python compares two lists: the first items that differ decide.
bool keys_less(const std::vector<value>& a, const std::vector<value>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!equal(a[i], b[i])) return less(a[i], b[i]);
  }
  return false;
}

}  // namespace

void sort(std::vector<keyed>& items, bool descending, evaluation& within) {
  within.count_steps(items.size() * static_cast<std::size_t>(std::bit_width(items.size())));
  // Python turns the list round, sorts it and turns it back: equal ones stay in order, and errors
  // tell of the same two.
  if (descending) std::reverse(items.begin(), items.end());
  std::stable_sort(items.begin(), items.end(),
                   [](const keyed& a, const keyed& b) { return keys_less(a.keys, b.keys); });
  if (descending) std::reverse(items.begin(), items.end());
}

}  // namespace aldis::templates::detail
