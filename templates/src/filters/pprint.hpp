#pragma once

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <string>

namespace aldis::templates::detail {

struct pprint_options {
  /// Containers in so many others are `[...]`; 0: none are left out.
  std::size_t depth = 0;
  /// As many items on a line as fit.
  bool compact = false;
};

/// Python's pprint.pformat.
std::string pretty(const value& of, render_context& context, const pprint_options& options = {});

}  // namespace aldis::templates::detail
