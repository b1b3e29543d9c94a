// Filters on items: first, join, batch, ...

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "filters/generator.hpp"
#include "memory.hpp"
#include "methods/dict_view.hpp"
#include "methods/format_value.hpp"
#include "methods/methods.hpp"
#include "range.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <memory>
#include <random>

namespace aldis::templates::detail {

namespace {

value filter_length(const arguments& args) {
  return static_cast<std::int64_t>(length(only_argument(args, "len")));
}

value filter_list(const arguments& args) {
  const auto [over] = bind_arguments<1>(args, "sync_do_list", {"value"}, 1);
  return items_of(*over, args.context());
}

value filter_default(const arguments& args) {
  const auto [of, otherwise, also_false] =
      bind_arguments<3>(args, "do_default", {"value", "default_value", "boolean"}, 1);
  const bool replaced = of->is_undefined() || (flag(also_false) && !truth(*of));
  if (!replaced) return *of;
  return otherwise ? *otherwise : value("");
}

value filter_first(const arguments& args) {
  const auto [over] = bind_arguments<1>(args, "sync_do_first", {"seq"}, 1, 1);
  iteration items(*over, args.context());
  value item;
  if (items.next(item)) return item;
  return args.context().undefined_because("No first item, sequence was empty.");
}

/// The items in reverse order. Nothing if Python cannot reverse the value.
std::optional<list> reversed(const value& of, render_context& context) {
  const bool ordered = of.is_undefined() || of.is_text() || of.is(value_kind::list) ||
                       of.is(value_kind::tuple) || of.is(value_kind::dict) ||
                       (of.is(value_kind::object) && of.as_object().size() && is_iterable(of));
  if (!ordered) return std::nullopt;
  list items = items_of(of, context);
  std::reverse(items.begin(), items.end());
  return items;
}

value filter_last(const arguments& args) {
  const auto [over] = bind_arguments<1>(args, "do_last", {"seq"}, 1, 1);
  if ((over->is(value_kind::list) || over->is(value_kind::tuple)) && !over->as_items().empty()) {
    return over->as_items().back();
  }
  if (over->is_text() && !over->as_text().empty()) {
    std::size_t begin = over->as_text().size();
    previous_character(over->as_text(), begin);
    return {over->kind(), over->as_text().substr(begin)};
  }
  if (const auto* const range = over->as<range_object>(); range && range->truth()) {
    return range->at(*range->size() - 1);
  }
  const auto items = reversed(*over, args.context());
  if (!items) {
    fail(error_kind::type, "'" + std::string(type_name(*over)) + "' object is not reversible");
  }
  if (!items->empty()) return items->front();
  return args.context().undefined_because("No last item, sequence was empty.");
}

value filter_random(const arguments& args) {
  const auto [over] = bind_arguments<1>(args, "do_random", {"seq"}, 1, 1);
  const std::size_t size = length(*over);
  if (size == 0) {
    return args.context().undefined_because("No random item, sequence was empty.");
  }
  static thread_local std::minstd_rand source{std::random_device{}()};
  std::uniform_int_distribution<std::size_t> any(0, size - 1);
  return item_or_fail(*over, static_cast<std::int64_t>(any(source)), args.context());
}

std::string_view reverse_iterator_name(const value& of) {
  switch (of.kind()) {
    case value_kind::list:
      return "list_reverseiterator";
    case value_kind::dict:
      return "dict_reversekeyiterator";
    default:
      return "reversed";
  }
}

value filter_reverse(const arguments& args) {
  const auto [over] = bind_arguments<1>(args, "do_reverse", {"value"}, 1);
  render_context& context = args.context();
  if (over->is_text()) {
    // Four bytes for each character, and the resulting text.
    const scratch_memory turned(context, 5 * over->as_text().size());
    std::u32string characters = to_characters(over->as_text());
    std::reverse(characters.begin(), characters.end());
    return make_text_like(*over, to_text(characters), context);
  }
  if (const auto* const range = over->as<range_object>()) {
    const value turned(range->reversed());
    return value(reference(
        new generator("range_iterator", {}, {turned},
                      [items = lazy_items(turned)](value& item, render_context& in) mutable {
                        return items.next(item, in);
                      })));
  }
  if (auto items = reversed(*over, context)) {
    return make_iterator(reverse_iterator_name(*over), std::move(*items));
  }
  if (!is_iterable(*over)) fail(error_kind::filter_argument, "argument must be iterable");
  list items = items_of(*over, context);
  std::reverse(items.begin(), items.end());
  return items;
}

value filter_join(const arguments& args) {
  const auto [over, between, attribute] =
      bind_arguments<3>(args, "sync_do_join", {"value", "d", "attribute"}, 1, 1);
  render_context& context = args.context();
  const attribute_path path(attribute);
  const value separator = between ? *between : value("");
  iteration loop(*over, context);

  if (!context.autoescape()) {
    const std::string text = text_of(separator, context);
    std::string result;
    bool first = true;
    for (value item; loop.next(item); first = false) {
      if (!first) {
        make_room(result, text.size(), context);
        result += text;
      }
      append_text(result, path.of(item, context), context);
    }
    return make_text(result, context);
  }

  list items;
  bool markup = has_html_method(separator);
  for (value item; loop.next(item);) {
    item = path.of(item, context);
    if (has_html_method(item)) {
      markup = true;
    } else if (!item.is_text()) {
      item = text_of(item, context);
    }
    append(items, std::move(item), context);
  }
  const value by = markup ? has_html_method(separator) ? soft_text(separator, context)
                                                       : escape(separator, context)
                          : value(text_of(separator, context));
  return call_method(by, "join", {value(std::move(items))}, context);
}

value filter_batch(const arguments& args) {
  const auto [over, line_count, fill] =
      bind_arguments<3>(args, "do_batch", {"value", "linecount", "fill_with"}, 2);
  return make_generator(
      "do_batch", args,
      [items = lazy_items(*over), count = *line_count, filler = fill ? *fill : value(),
       batch = list{}, ended = false](value& item, render_context& context) mutable {
        if (ended) return false;
        for (value next; items.next(next, context);) {
          const bool full = equal(value(static_cast<std::int64_t>(batch.size())), count);
          if (full) item = std::exchange(batch, {});
          append(batch, std::move(next), context);
          if (full) return true;
        }
        ended = true;
        if (batch.empty()) return false;
        const value size(static_cast<std::int64_t>(batch.size()));
        if (!filler.is_none() && less(size, count)) {
          const std::int64_t missing = integer_of(subtract(count, size, context));
          make_room(batch, static_cast<std::size_t>(missing), context);
          batch.insert(batch.end(), static_cast<std::size_t>(missing), filler);
        }
        item = std::exchange(batch, {});
        return true;
      });
}

value filter_slice(const arguments& args) {
  const auto [over, slices, fill] =
      bind_arguments<3>(args, "sync_do_slice", {"value", "slices", "fill_with"}, 2);
  struct state {
    list items;
    std::int64_t slices = 0;
    std::int64_t number = -1;  // of the next slice; -1 before the first
    std::size_t offset = 0;
  };
  return make_generator(
      "sync_do_slice", args,
      [of = *over, count = *slices, filler = fill ? *fill : value(), now = state{}](
          value& item, render_context& context) mutable {
        if (now.number < 0) {
          now.items = items_of(of, context);
          const value size(static_cast<std::int64_t>(now.items.size()));
          floor_divide(size, count,
                       context);  // fails for zero and for values that are not numbers
          now.slices = integer_of(count);
          now.number = 0;
        }
        if (now.number >= now.slices) return false;
        context.count_steps();
        const auto size = now.items.size();
        const auto in_all = static_cast<std::size_t>(now.slices);
        const auto number = static_cast<std::size_t>(now.number++);
        const std::size_t each = size / in_all;
        const bool longer = number < size % in_all;
        const std::size_t begin = now.offset + number * each;
        if (longer) ++now.offset;
        const std::size_t end = now.offset + (number + 1) * each;
        list part;
        make_room(part, end - begin + 1, context);
        part.insert(part.end(), now.items.begin() + static_cast<std::ptrdiff_t>(begin),
                    now.items.begin() + static_cast<std::ptrdiff_t>(end));
        if (!filler.is_none() && !longer) part.push_back(filler);
        item = std::move(part);
        return true;
      });
}

value filter_items(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_items", {"value"}, 1);
  return make_generator(
      "do_items", args,
      [entries = *of, items = std::optional<lazy_items>()](value& item,
                                                           render_context& context) mutable {
        if (entries.is_undefined()) return false;
        if (!items) {
          const bool mapping = entries.is(value_kind::dict) ||
                               (entries.is(value_kind::object) && entries.as_object().is_mapping());
          if (!mapping) fail(error_kind::type, "Can only get item pairs from a mapping.");
          items.emplace(entries.is(value_kind::dict)
                            ? value(reference(new dict_view(entries, dict_view::part::items)))
                            : entries);
        }
        if (!items->next(item, context)) return false;
        // Iterating over an object returns its keys.
        if (!entries.is(value_kind::dict)) item = tuple{{item, context.item(entries, item)}};
        return true;
      });
}

value filter_attr(const arguments& args) {
  const auto [of, name] = bind_arguments<2>(args, "do_attr", {"obj", "name"}, 2, 1);
  if (!name->is_text()) {
    fail(error_kind::type,
         "attribute name must be string, not '" + std::string(type_name(*name)) + "'");
  }
  render_context& context = args.context();
  if (of->is_undefined()) return context.attribute(*of, name->as_text());
  const std::optional<value> found = of->is(value_kind::object)
                                         ? of->as_object().attribute(name->as_text(), context)
                                         : method(*of, name->as_text());
  return found ? *found : context.undefined_in(*of, *name);
}

}  // namespace

void add_item_filters(environment::names& filters) {
  add(filters, "length", filter_length);
  add(filters, "count", filter_length);
  add(filters, "list", filter_list);
  add(filters, "default", filter_default);
  add(filters, "d", filter_default);
  add(filters, "first", filter_first);
  add(filters, "last", filter_last);
  add(filters, "random", filter_random);
  add(filters, "reverse", filter_reverse);
  add(filters, "join", filter_join);
  add(filters, "batch", filter_batch);
  add(filters, "slice", filter_slice);
  add(filters, "items", filter_items);
  add(filters, "attr", filter_attr);
}

}  // namespace aldis::templates::detail
