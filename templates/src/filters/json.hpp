#pragma once

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::templates::detail {

/// The keywords of json.dumps.
struct json_options {
  /// A number or text; null or none: all in one line.
  const value* indent = nullptr;
  /// Between items, and behind keys.
  std::optional<std::pair<std::string_view, std::string_view>> separators = {};
  bool sort_keys = false;
  bool ensure_ascii = false;
  /// All escapes that markup needs, and ASCII: Jinja's own tojson.
  bool ascii_for_markup = false;
};

/// Python's json.dumps.
std::string json_text(const value& of, render_context& context, const json_options& options);

}  // namespace aldis::templates::detail
