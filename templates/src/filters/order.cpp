// Filters that compare: sort, unique, min, groupby, ...

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "filters/generator.hpp"
#include "filters/sorting.hpp"
#include "heap_values.hpp"
#include "memory.hpp"
#include "methods/methods.hpp"

#include <algorithm>
#include <array>

namespace aldis::templates::detail {

namespace {

list items_in(std::vector<keyed>& sorted, render_context& context) {
  list result;
  make_room(result, sorted.size(), context);
  for (keyed& each : sorted) result.push_back(std::move(each.item));
  return result;
}

value filter_sort(const arguments& args) {
  const auto [over, reverse, case_sensitive, attribute] =
      bind_arguments<4>(args, "do_sort", {"value", "reverse", "case_sensitive", "attribute"}, 1, 1);
  render_context& context = args.context();
  const bool ignore_case = !flag(case_sensitive);
  std::vector<attribute_path> paths;
  if (is_given(attribute) && attribute->is_text()) {
    const value parts = call_method(value(attribute->as_text()), "split", {","}, context);
    for (const value& part : parts.as_list()) paths.emplace_back(&part);
  } else {
    paths.emplace_back(attribute);
  }

  std::vector<keyed> sorted;
  iteration items(*over, context);
  for (value item; items.next(item);) {
    // Lists of keys: only the first keys that differ are compared by order.
    list keys;
    make_room(keys, paths.size(), context);
    for (const attribute_path& path : paths) keys.push_back(path.of(item, context, ignore_case));
    append(sorted, keyed{value(std::move(keys)), std::move(item)}, context);
  }
  sort(sorted, reverse && integer_of(*reverse) != 0, context);
  return items_in(sorted, context);
}

value lower_if(bool ignore_case, const value& of, render_context& context) {
  return attribute_path().of(of, context, ignore_case);
}

value filter_dictsort(const arguments& args) {
  const auto [of, case_sensitive, by, reverse] =
      bind_arguments<4>(args, "do_dictsort", {"value", "case_sensitive", "by", "reverse"}, 1);
  render_context& context = args.context();
  const std::string_view part = !by ? "key" : by->is_text() ? by->as_text() : "";
  if (part != "key" && part != "value") {
    fail(error_kind::filter_argument, "You can only sort by either \"key\" or \"value\"");
  }
  std::vector<keyed> sorted;
  for (const value& pair : pairs_of(*of, context)) {
    const value& key = pair.as_tuple()[part == "key" ? 0 : 1];
    append(sorted, keyed{lower_if(!flag(case_sensitive), key, context), pair}, context);
  }
  sort(sorted, reverse && integer_of(*reverse) != 0, context);
  return items_in(sorted, context);
}

value filter_unique(const arguments& args) {
  const auto [over, case_sensitive, attribute] =
      bind_arguments<3>(args, "do_unique", {"value", "case_sensitive", "attribute"}, 1, 1);
  return make_generator("do_unique", args,
                        [items = lazy_items(*over), path = attribute_path(attribute),
                         ignore_case = !flag(case_sensitive),
                         seen = dict()](value& item, render_context& context) mutable {
                          while (items.next(item, context)) {
                            const value key = path.of(item, context, ignore_case);
                            if (seen.contains(key)) continue;
                            context.count_memory(new_key_bytes);
                            seen[key] = true;
                            return true;
                          }
                          return false;
                        });
}

/// The minimum or maximum; `symbol` is that of the comparison.
value extreme(const arguments& args, std::string_view name, std::string_view symbol) {
  const auto [over, case_sensitive, attribute] =
      bind_arguments<3>(args, name, {"value", "case_sensitive", "attribute"}, 1, 1);
  render_context& context = args.context();
  const attribute_path path(attribute);
  const bool ignore_case = !flag(case_sensitive);
  iteration items(*over, context);
  value best;
  if (!items.next(best)) {
    return context.undefined_because("No aggregated item, sequence was empty.");
  }
  value best_key = path.of(best, context, ignore_case);
  for (value item; items.next(item);) {
    value key = path.of(item, context, ignore_case);
    const int compared = compare(key, best_key, symbol).value_or(0);
    if (symbol == "<" ? compared < 0 : compared > 0) {
      best = item;
      best_key = std::move(key);
    }
  }
  return best;
}

value filter_min(const arguments& args) { return extreme(args, "do_min", "<"); }
value filter_max(const arguments& args) { return extreme(args, "do_max", ">"); }

value filter_groupby(const arguments& args) {
  const auto [over, attribute, otherwise, case_sensitive] = bind_arguments<4>(
      args, "sync_do_groupby", {"value", "attribute", "default", "case_sensitive"}, 2, 1);
  render_context& context = args.context();
  const attribute_path path(attribute, otherwise);
  const bool ignore_case = !flag(case_sensitive);
  std::vector<keyed> sorted;
  iteration items(*over, context);
  for (value item; items.next(item);) {
    append(sorted, keyed{path.of(item, context, ignore_case), item}, context);
  }
  sort(sorted, false, context);

  static constexpr std::array<std::string_view, 2> names{"grouper", "list"};
  list groups;
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::find_if(begin + 1, sorted.end(),
                                  [&](const keyed& each) { return !equal(each.key, begin->key); });
    list group;
    make_room(group, static_cast<std::size_t>(end - begin), context);
    for (auto each = begin; each != end; ++each) group.push_back(each->item);
    // The key of the group's first item, in its original case.
    context.count_memory(2 * sizeof(value) + block_overhead);
    value group_pair(tuple{{path.of(group.front(), context), value(std::move(group))}});
    static_cast<const tuple_node&>(*group_pair.shared()).names = names;
    append(groups, std::move(group_pair), context);
    begin = end;
  }
  return groups;
}

}  // namespace

void add_order_filters(environment::names& filters) {
  add(filters, "sort", filter_sort);
  add(filters, "dictsort", filter_dictsort);
  add(filters, "unique", filter_unique);
  add(filters, "min", filter_min);
  add(filters, "max", filter_max);
  add(filters, "groupby", filter_groupby);
}

}  // namespace aldis::templates::detail
