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
  /// A number or text. Null or none: no line breaks.
  const value* indent = nullptr;
  /// The separators between items and after keys.
  std::optional<std::pair<std::string_view, std::string_view>> separators = {};
  bool sort_keys = false;
  bool ensure_ascii = false;
  /// Escapes for markup, and ASCII only: Jinja's tojson.
  bool ascii_for_markup = false;
};

/// Python's json.dumps.
std::string json_text(const value& of, render_context& context, const json_options& options);

}  // namespace aldis::templates::detail
