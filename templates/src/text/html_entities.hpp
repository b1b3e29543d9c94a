#pragma once

#include <cstddef>

namespace aldis::templates::detail {

/// An entity's name, with its semicolon if it needs one, and its text.
struct html_entity {
  const char* name;
  const char* text;
};

/// Sorted by name.
extern const html_entity html_entities[];
extern const std::size_t html_entity_count;

}  // namespace aldis::templates::detail
