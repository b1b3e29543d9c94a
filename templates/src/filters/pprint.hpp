#pragma once

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <string>

namespace aldis::templates::detail {

struct pprint_options {
  /// Containers nested deeper than this are printed as `[...]`. 0: no limit.
  std::size_t depth = 0;
  /// As many items per line as fit.
  bool compact = false;
};

/// Python's pprint.pformat.
std::string pretty(const value& of, render_context& context, const pprint_options& options = {});

}  // namespace aldis::templates::detail
