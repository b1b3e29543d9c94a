// append(), index(), sort(), ... of lists, and the methods that tuples have too

#include "filters/filters.hpp"
#include "filters/sorting.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"
#include "methods/methods.hpp"

#include <algorithm>
#include <limits>

namespace aldis::templates::detail {

namespace {

/// A bound of the range that index() searches.
std::size_t bound(const value* argument, std::size_t size, std::size_t otherwise) {
  if (!argument) return otherwise;
  if (!argument->is_integral()) {
    fail(error_kind::type, "slice indices must be integers or have an __index__ method");
  }
  const auto length = static_cast<std::int64_t>(size);
  const std::int64_t index = argument->as_integer() + (argument->as_integer() < 0 ? length : 0);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(index, 0, length));
}

/// The index of an item, or the size if it is not within the bounds.
std::size_t find_item(const list& items, const method_call& call) {
  const std::size_t end = bound(call.find(2), items.size(), items.size());
  const std::size_t begin = bound(call.find(1), items.size(), 0);
  for (std::size_t i = begin; i < end; ++i) {
    if (!equal(items[i], call[0])) continue;
    count_items(i - begin);
    return i;
  }
  count_items(end - std::min(begin, end));
  return items.size();
}

value count_in(const list& items, const method_call& call) {
  count_items(items.size());
  return static_cast<std::int64_t>(std::count_if(
      items.begin(), items.end(), [&](const value& item) { return equal(item, call[0]); }));
}

/// Moving an item takes longer than reading it.
void count_moved(std::size_t count) { count_items(4 * count); }

void add_item(const method_call& call, std::size_t index, const value& item) {
  allow_change(call.self, item, call.context);
  list& items = call.self.as_list();
  make_room(items, 1, call.context);
  count_moved(items.size() - index);
  items.insert(items.begin() + static_cast<std::ptrdiff_t>(index), item);
}

value list_append(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("list", "append");
  add_item(call, call.self.as_list().size(), call[0]);
  return {};
}

value list_clear(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("list", "clear");
  allow_change(self);
  call.self.as_list().clear();
  return {};
}

value list_copy(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("list", "copy");
  call.context.count_memory(sizeof(value) * call.self.as_list().size());
  return list(call.self.as_list());
}

value list_count(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("list", "count");
  return count_in(call.self.as_list(), call);
}

value list_extend(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("list", "extend");
  // A copy: a list may be extended with itself.
  for (const value& item : items_of(call[0], call.context)) {
    add_item(call, call.self.as_list().size(), item);
  }
  return {};
}

value list_index(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("list", "index", 1, 3);
  const std::size_t index = find_item(call.self.as_list(), call);
  if (index == call.self.as_list().size()) {
    fail(error_kind::value, repr_of(call[0], call.context) + " is not in list");
  }
  return static_cast<std::int64_t>(index);
}

value list_insert(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("list", "insert", 2, 2);
  integer_of(call[0]);
  add_item(call, bound(&call[0], call.self.as_list().size(), 0), call[1]);
  return {};
}

value list_pop(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("list", "pop", 0, 1);
  list& items = call.self.as_list();
  std::int64_t index = call.size() == 1 ? integer_of(call[0]) : -1;
  if (items.empty()) fail(error_kind::index, "pop from empty list");
  if (index < 0) index += static_cast<std::int64_t>(items.size());
  if (index < 0 || static_cast<std::size_t>(index) >= items.size()) {
    fail(error_kind::index, "pop index out of range");
  }
  allow_change(self);
  value popped = items[static_cast<std::size_t>(index)];
  count_moved(items.size() - static_cast<std::size_t>(index));
  items.erase(items.begin() + index);
  return popped;
}

value list_remove(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("list", "remove");
  list& items = call.self.as_list();
  const std::size_t index = find_item(items, call);
  if (index == items.size()) fail(error_kind::value, "list.remove(x): x not in list");
  allow_change(self);
  count_moved(items.size() - index);
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(index));
  return {};
}

value list_reverse(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("list", "reverse");
  allow_change(self);
  count_items(call.self.as_list().size());
  std::reverse(call.self.as_list().begin(), call.self.as_list().end());
  return {};
}

value list_sort(const value& self, const arguments& args) {
  const method_call call(self, args);
  if (call.size() > 0) fail(error_kind::type, "sort() takes no positional arguments");
  const auto [key, reverse] = call.named<2>("sort", {"key", "reverse"});
  allow_change(self);
  const bool descending = reverse && integer_of(*reverse) != 0;
  // The key function may read the list.
  const list before = call.self.as_list();
  std::vector<keyed> sorted;
  for (const value& item : before) {
    const value by = is_given(key) ? call.context.call(*key, {&item, 1}) : item;
    append(sorted, keyed{by, item}, call.context);
  }
  sort(sorted, descending, call.context);
  list& items = call.self.as_list();
  items.clear();
  for (keyed& each : sorted) items.push_back(std::move(each.item));
  return {};
}

value tuple_count(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("tuple", "count");
  return count_in(call.self.as_tuple(), call);
}

value tuple_index(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("tuple", "index", 1, 3);
  const std::size_t index = find_item(call.self.as_tuple(), call);
  if (index == call.self.as_tuple().size()) {
    fail(error_kind::value, "tuple.index(x): x not in tuple");
  }
  return static_cast<std::int64_t>(index);
}

constexpr method_entry of_list[] = {
    {"append", list_append},   {"clear", list_clear},   {"copy", list_copy},
    {"count", list_count},     {"extend", list_extend}, {"index", list_index},
    {"insert", list_insert},   {"pop", list_pop},       {"remove", list_remove},
    {"reverse", list_reverse}, {"sort", list_sort},
};

constexpr method_entry of_tuple[] = {{"count", tuple_count}, {"index", tuple_index}};

}  // namespace

std::span<const method_entry> list_methods() { return of_list; }
std::span<const method_entry> tuple_methods() { return of_tuple; }

}  // namespace aldis::templates::detail
