#include "sorting.hpp"

#include "filters/stable_sort.hpp"
#include "memory.hpp"
#include "python_operations.hpp"

#include <algorithm>
#include <bit>

namespace aldis::templates::detail {

void sort(std::vector<keyed>& items, bool descending, render_context& context) {
  context.count_steps(items.size() * static_cast<std::size_t>(std::bit_width(items.size())));
  const scratch_memory orders(context, items.size() * (2 * sizeof(std::size_t) + sizeof(keyed)));
  // Python reverses the list, sorts it and reverses it again: equal items keep their order, and
  // errors name the same two items.
  if (descending) std::reverse(items.begin(), items.end());
  stable_sort(items, [](const keyed& a, const keyed& b) { return less(a.key, b.key); });
  if (descending) std::reverse(items.begin(), items.end());
}

}  // namespace aldis::templates::detail
