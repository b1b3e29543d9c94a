// find(), count(), startswith(), replace(), ...

#include "filters/filters.hpp"
#include "methods/text.hpp"
#include "text/search.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <limits>

namespace aldis::templates::detail {

namespace {

std::string_view text_argument(const value& argument) {
  if (!argument.is_text())
    fail(error_kind::type, "must be str, not " + std::string(type_name(argument)));
  return argument.as_text();
}

std::int64_t slice_index(const value* argument, std::int64_t otherwise) {
  if (!is_given(argument)) return otherwise;
  if (argument->is_integral()) return argument->as_integer();
  fail(error_kind::type, "slice indices must be integers or None or have an __index__ method");
}

/// The part of a text between two character indices, as in a slice.
struct part {
  std::string_view text;
  std::size_t begin = 0;  // in bytes
  bool exists = true;     // false if it begins after the end of the text
};

part part_between(std::string_view text, const value* start, const value* end) {
  if (!is_given(start) && !is_given(end)) return {text};
  const auto size = static_cast<std::int64_t>(count_characters(text));
  const auto adjusted = [&](std::int64_t index) {
    return index < 0 ? std::max<std::int64_t>(index + size, 0) : index;
  };
  const std::int64_t first = adjusted(slice_index(start, 0));
  const std::int64_t last = std::min(adjusted(slice_index(end, size)), size);
  if (first > last) return {{}, 0, false};
  const std::size_t begin = offset_of_character(text, static_cast<std::size_t>(first));
  const std::size_t length =
      offset_of_character(text.substr(begin), static_cast<std::size_t>(last - first));
  return {text.substr(begin, length), begin};
}

/// The arguments of find, index, count and their reverse variants.
struct search_call {
  search_call(const value& self, const arguments& args, std::string_view name) : call(self, args) {
    call.take_in_brackets("str", name, 1, 3);
    where = part_between(call.self.as_text(), call.find(1), call.find(2));
    what = text_argument(call[0]);
  }
  value index_of(std::size_t found) const {
    if (found == std::string_view::npos) return -1;
    return static_cast<std::int64_t>(
        count_characters(call.self.as_text().substr(0, where.begin + found)));
  }

  method_call call;
  std::string_view what;
  part where;
};

value found_from_left(const value& self, const arguments& args, std::string_view name) {
  const search_call s(self, args, name);
  return s.where.exists ? s.index_of(find_text(s.where.text, s.what)) : value(-1);
}

value found_from_right(const value& self, const arguments& args, std::string_view name) {
  const search_call s(self, args, name);
  return s.where.exists ? s.index_of(text_search(s.what).rfind(s.where.text)) : value(-1);
}

value or_fail(value index) {
  if (index.as_integer() < 0) fail(error_kind::value, "substring not found");
  return index;
}

/// startswith and endswith, which also accept a tuple of texts.
template <class Matches>
value matches_any(const value& self, const arguments& args, std::string_view name,
                  Matches matches) {
  const method_call call(self, args);
  call.take_in_brackets("str", name, 1, 3);
  const part where = part_between(call.self.as_text(), call.find(1), call.find(2));
  const auto matches_one = [&](std::string_view what) {
    return where.exists && matches(where.text, what);
  };
  if (call[0].is(value_kind::tuple)) count_items(call[0].as_tuple().size());
  if (call[0].is_text()) return matches_one(call[0].as_text());
  if (!call[0].is(value_kind::tuple)) {
    fail(error_kind::type, std::string(name) + " first arg must be str or a tuple of str, not " +
                               std::string(type_name(call[0])));
  }
  for (const value& each : call[0].as_tuple()) {
    if (!each.is_text()) {
      fail(error_kind::type, "tuple for " + std::string(name) + " must only contain str, not " +
                                 std::string(type_name(each)));
    }
    count_bytes(std::min(where.text.size(), each.as_text().size()));
    if (matches_one(each.as_text())) return true;
  }
  return false;
}

std::size_t count_of(std::string_view text, std::string_view what) {
  if (what.empty()) return count_characters(text) + 1;
  const text_search search(what);
  std::size_t count = 0;
  for (std::size_t offset = 0; (offset = search.find(text, offset)) != std::string_view::npos;
       offset += what.size()) {
    ++count;
  }
  return count;
}

/// Inserts `with` between all characters and at both ends.
void spread(std::string& out, std::string_view text, std::string_view with, std::size_t most) {
  std::size_t offset = 0;
  for (; most > 0; --most) {
    out += with;
    if (offset == text.size()) return;
    const std::size_t begin = offset;
    next_character(text, offset);
    out += text.substr(begin, offset - begin);
  }
  out += text.substr(offset);
}

std::string replaced(std::string_view text, std::string_view what, std::string_view with,
                     std::size_t most, render_context& context) {
  const std::size_t count = std::min(count_of(text, what), most);
  std::uint64_t added = 0;
  if (with.size() > what.size() &&
      __builtin_mul_overflow(count, with.size() - what.size(), &added)) {
    added = std::numeric_limits<std::int64_t>::max();
  }
  context.count_memory(added);
  std::string result;
  result.reserve(text.size() + added);
  if (what.empty()) {
    spread(result, text, with, count);
    return result;
  }
  const text_search search(what);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t offset = search.find(text);
    result.append(text.substr(0, offset)).append(with);
    text.remove_prefix(offset + what.size());
  }
  result.append(text);
  return result;
}

}  // namespace

value text_find(const value& self, const arguments& args) {
  return found_from_left(self, args, "find");
}
value text_rfind(const value& self, const arguments& args) {
  return found_from_right(self, args, "rfind");
}
value text_index(const value& self, const arguments& args) {
  return or_fail(found_from_left(self, args, "index"));
}
value text_rindex(const value& self, const arguments& args) {
  return or_fail(found_from_right(self, args, "rindex"));
}

value text_count(const value& self, const arguments& args) {
  const search_call s(self, args, "count");
  return s.where.exists ? static_cast<std::int64_t>(count_of(s.where.text, s.what)) : 0;
}

value text_startswith(const value& self, const arguments& args) {
  return matches_any(self, args, "startswith", [](std::string_view text, std::string_view what) {
    return text.starts_with(what);
  });
}
value text_endswith(const value& self, const arguments& args) {
  return matches_any(self, args, "endswith", [](std::string_view text, std::string_view what) {
    return text.ends_with(what);
  });
}

value text_replace(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("str", "replace", 2, 3);
  const std::int64_t count = call.find(2) ? integer_of(call[2]) : -1;
  for (std::size_t i = 0; i < 2; ++i) {
    if (call[i].is_text()) continue;
    fail(error_kind::type, "replace() argument " + std::to_string(i + 1) + " must be str, not " +
                               std::string(type_name(call[i])));
  }
  const value with = argument_for(call.self, call[1], call.context);
  const std::size_t most =
      count < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(count);
  return make_text_like(
      call.self,
      replaced(call.self.as_text(), call[0].as_text(), with.as_text(), most, call.context),
      call.context);
}

value text_removeprefix(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("str", "removeprefix");
  if (!call[0].is_text()) {
    fail(error_kind::type,
         "removeprefix() argument must be str, not " + std::string(type_name(call[0])));
  }
  std::string_view text = call.self.as_text();
  if (text.starts_with(call[0].as_text())) text.remove_prefix(call[0].as_text().size());
  return make_text_like(call.self, text, call.context);
}

value text_removesuffix(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("str", "removesuffix");
  if (!call[0].is_text()) {
    fail(error_kind::type,
         "removesuffix() argument must be str, not " + std::string(type_name(call[0])));
  }
  std::string_view text = call.self.as_text();
  if (text.ends_with(call[0].as_text())) text.remove_suffix(call[0].as_text().size());
  return make_text_like(call.self, text, call.context);
}

}  // namespace aldis::templates::detail
