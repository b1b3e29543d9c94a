// split(), partition(), splitlines(), and join()

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/text.hpp"
#include "text/lines.hpp"
#include "text/search.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <limits>

namespace aldis::templates::detail {

namespace {

/// The arguments of split and rsplit.
struct split_call {
  split_call(const value& self, const arguments& args, std::string_view name) : call(self, args) {
    const auto [separator_given, most_given] = call.named<2>(name, {"sep", "maxsplit"});
    const std::int64_t limit = most_given ? integer_of(*most_given) : -1;
    if (limit >= 0) most = static_cast<std::size_t>(limit);
    at_spaces = !is_given(separator_given);
    if (at_spaces) return;
    if (!separator_given->is_text()) {
      fail(error_kind::type,
           "must be str or None, not " + std::string(type_name(*separator_given)));
    }
    separator = separator_given->as_text();
    if (separator.empty()) fail(error_kind::value, "empty separator");
  }
  void add(std::string_view text) {
    append(parts, make_text_like(call.self, text, call.context), call.context);
  }

  method_call call;
  bool at_spaces = true;
  std::string_view separator;
  std::size_t most = std::numeric_limits<std::size_t>::max();
  list parts;
};

/// The end of a run of white space, or of other characters.
std::size_t run_end(std::string_view text, bool of_space) {
  std::size_t end = 0;
  for (std::size_t next = 0; next < text.size(); end = next) {
    if (is_space(next_character(text, next)) != of_space) break;
  }
  return end;
}

std::size_t run_begin(std::string_view text, bool of_space) {
  std::size_t begin = text.size();
  for (std::size_t next = begin; next > 0; begin = next) {
    if (is_space(previous_character(text, next)) != of_space) break;
  }
  return begin;
}

value partitioned(const value& self, const arguments& args, std::string_view name,
                  bool from_right) {
  const method_call call(self, args);
  call.take_one("str", name);
  if (!call[0].is_text())
    fail(error_kind::type, "must be str, not " + std::string(type_name(call[0])));
  const std::string_view text = call.self.as_text();
  const std::string_view by = call[0].as_text();
  if (by.empty()) fail(error_kind::value, "empty separator");
  const text_search search(by);
  const std::size_t offset = from_right ? search.rfind(text) : search.find(text);
  const auto part = [&](std::string_view of) {
    return make_text_like(call.self, of, call.context);
  };
  if (offset == std::string_view::npos) {
    if (from_right) return tuple{{part({}), part({}), part(text)}};
    return tuple{{part(text), part({}), part({})}};
  }
  return tuple{{part(text.substr(0, offset)), part(by), part(text.substr(offset + by.size()))}};
}

}  // namespace

value text_split(const value& self, const arguments& args) {
  split_call split(self, args, "split");
  std::string_view rest = split.call.self.as_text();
  if (split.at_spaces) {
    for (rest.remove_prefix(run_end(rest, true)); !rest.empty();) {
      const bool last = split.parts.size() == split.most;
      const std::size_t end = last ? rest.size() : run_end(rest, false);
      split.add(rest.substr(0, end));
      rest.remove_prefix(end);
      rest.remove_prefix(run_end(rest, true));
    }
    return std::move(split.parts);
  }
  const text_search search(split.separator);
  while (split.parts.size() < split.most) {
    const std::size_t offset = search.find(rest);
    if (offset == std::string_view::npos) break;
    split.add(rest.substr(0, offset));
    rest.remove_prefix(offset + split.separator.size());
  }
  split.add(rest);
  return std::move(split.parts);
}

value text_rsplit(const value& self, const arguments& args) {
  split_call split(self, args, "rsplit");
  std::string_view rest = split.call.self.as_text();
  if (split.at_spaces) {
    for (rest = rest.substr(0, run_begin(rest, true)); !rest.empty();) {
      const bool last = split.parts.size() == split.most;
      const std::size_t begin = last ? 0 : run_begin(rest, false);
      split.add(rest.substr(begin));
      rest = rest.substr(0, begin);
      rest = rest.substr(0, run_begin(rest, true));
    }
  } else {
    const text_search search(split.separator);
    while (split.parts.size() < split.most) {
      const std::size_t offset = search.rfind(rest);
      if (offset == std::string_view::npos) break;
      split.add(rest.substr(offset + split.separator.size()));
      rest = rest.substr(0, offset);
    }
    split.add(rest);
  }
  std::reverse(split.parts.begin(), split.parts.end());
  return std::move(split.parts);
}

value text_splitlines(const value& self, const arguments& args) {
  const method_call call(self, args);
  const auto [keep_given] = call.named<1>("splitlines", {"keepends"});
  const bool keep = keep_given && integer_of(*keep_given) != 0;
  list lines;
  for (const std::string_view line : lines_of(call.self.as_text(), keep)) {
    append(lines, make_text_like(call.self, line, call.context), call.context);
  }
  return lines;
}

value text_partition(const value& self, const arguments& args) {
  return partitioned(self, args, "partition", false);
}
value text_rpartition(const value& self, const arguments& args) {
  return partitioned(self, args, "rpartition", true);
}

value text_join(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("str", "join");
  // Markup's method iterates over its argument before it checks the items.
  if (!self.is_markup() && !is_iterable(call[0]))
    fail(error_kind::type, "can only join an iterable");
  const list items = items_of(call[0], call.context);
  std::string result;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) {
      make_room(result, call.self.as_text().size(), call.context);
      result += call.self.as_text();
    }
    const value item = call.self.is_markup() ? escape(items[i], call.context) : items[i];
    if (!item.is_text()) {
      fail(error_kind::type, "sequence item " + std::to_string(i) + ": expected str instance, " +
                                 std::string(type_name(item)) + " found");
    }
    make_room(result, item.as_text().size(), call.context);
    result += item.as_text();
  }
  return make_text_like(call.self, result, call.context);
}

}  // namespace aldis::templates::detail
