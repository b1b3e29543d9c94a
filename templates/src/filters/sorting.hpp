#pragma once

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <vector>

namespace aldis::templates::detail {

/// A value and its sort key.
struct keyed {
  value key;
  value item;
};

/// sorted(): equal items keep their order, also if `descending`.
void sort(std::vector<keyed>& items, bool descending, render_context& context);

}  // namespace aldis::templates::detail
