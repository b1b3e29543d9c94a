#pragma once

#include <cstddef>

namespace aldis::templates::detail {

/// A name as in `&name`, with its semicolon where one belongs to it, and the text it stands for.
struct html_entity {
  const char* name;
  const char* text;
};

/// Sorted by name.
extern const html_entity html_entities[];
extern const std::size_t html_entity_count;

}  // namespace aldis::templates::detail
