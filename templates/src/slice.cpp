#include <aldis/templates/error.hpp>

#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"
#include "slice_indices.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

namespace {

/// A part of a slice, or its default.
std::optional<std::int64_t> edge(const value& of) {
  if (of.is_none()) return std::nullopt;
  if (!of.is_integral()) {
    fail(error_kind::type, "slice indices must be integers or None or have an __index__ method");
  }
  return of.as_integer();
}

wide_integer clamped(wide_integer index, wide_integer size, wide_integer least,
                     wide_integer most) noexcept {
  if (index < 0) index = index < -size ? -1 : index + size;
  return std::clamp(index, least, most);
}

}  // namespace

slice_indices indices_of(std::size_t of, const value& begin, const value& end, const value& step) {
  const std::int64_t by = edge(step).value_or(1);
  if (by == 0) fail(error_kind::value, "slice step cannot be zero");
  const auto size = static_cast<wide_integer>(of);
  const wide_integer least = by < 0 ? -1 : 0;
  const wide_integer most = by < 0 ? size - 1 : size;
  const auto first = edge(begin);
  const auto last = edge(end);
  const wide_integer from = first ? clamped(*first, size, least, most) : by < 0 ? most : least;
  const wide_integer to = last ? clamped(*last, size, least, most) : by < 0 ? least : most;
  std::size_t count = 0;
  if (by > 0 && from < to) {
    count = static_cast<std::size_t>((to - from - 1) / by + 1);
  } else if (by < 0 && to < from) {
    count = static_cast<std::size_t>((to - from + 1) / by + 1);
  }
  return {from, to, by, count};
}

value slice(const value& of, const value& begin, const value& end, const value& step,
            render_context& context) {
  if (of.is_text()) {
    const std::string_view text = of.as_text();
    const scratch_memory taken_text(context, text.size());
    if (is_ascii(text)) {
      const slice_indices taken = indices_of(text.size(), begin, end, step);
      std::string result;
      result.reserve(taken.count);
      for (std::size_t i = 0; i < taken.count; ++i) result += text[taken.index(i)];
      return value(of.kind(), result);
    }
    const std::size_t characters = count_characters(text);
    const scratch_memory offsets(context, characters * sizeof(std::size_t));
    std::vector<std::size_t> begins;
    begins.reserve(characters);
    for (std::size_t offset = 0; offset < text.size(); offset += character_size(text, offset)) {
      begins.push_back(offset);
    }
    const slice_indices taken = indices_of(begins.size(), begin, end, step);
    std::string result;
    result.reserve(std::min(text.size(), 4 * taken.count));
    for (std::size_t i = 0; i < taken.count; ++i) {
      const std::size_t offset = begins[taken.index(i)];
      result.append(text.substr(offset, character_size(text, offset)));
    }
    return value(of.kind(), result);
  }
  if (of.is(value_kind::list) || of.is(value_kind::tuple)) {
    const list& items = of.as_items();
    const slice_indices taken = indices_of(items.size(), begin, end, step);
    context.count_memory(taken.count * sizeof(value));
    list result;
    result.reserve(taken.count);
    for (std::size_t i = 0; i < taken.count; ++i) result.push_back(items[taken.index(i)]);
    if (of.is(value_kind::tuple)) return value(tuple{std::move(result)});
    return value(std::move(result));
  }
  if (of.is_undefined()) {
    if (undefined_of(of).policy == undefined_policy::chainable) return of;
    fail_undefined(of);
  }
  if (of.is(value_kind::dict)) fail(error_kind::type, "unhashable type: 'slice'");
  if (of.is(value_kind::object)) {
    if (auto found = of.as_object().slice(begin, end, step, context)) return *std::move(found);
  }
  fail(error_kind::type, "'" + std::string(type_name(of)) + "' object is not subscriptable");
}

}  // namespace aldis::templates::detail
