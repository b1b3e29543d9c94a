#pragma once

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <vector>

namespace aldis::templates::detail {

/// Something to be sorted, and what it is sorted by.
struct keyed {
  value key;
  value item;
};

/// sorted(): equal ones keep their order, also if `descending`.
void sort(std::vector<keyed>& items, bool descending, render_context& context);

}  // namespace aldis::templates::detail
