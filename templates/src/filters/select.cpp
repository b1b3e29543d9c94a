// map, select, reject, selectattr, rejectattr

#include "filters/filters.hpp"
#include "filters/generator.hpp"
#include "methods/format_value.hpp"

#include <functional>
#include <vector>

namespace aldis::templates::detail {

namespace {

/// A copy of arguments, for use after the call.
class kept_arguments {
 public:
  kept_arguments(std::span<const value> positional, std::span<const keyword_argument> keywords)
      : positional_(positional.begin(), positional.end()) {
    names_.reserve(keywords.size());
    values_.reserve(keywords.size());
    for (const keyword_argument& keyword : keywords) {
      names_.emplace_back(keyword.name);
      values_.push_back(keyword.argument);
    }
  }

  std::span<const value> positional() const noexcept { return positional_; }
  /// Valid until this is changed or moved.
  std::vector<keyword_argument> keywords() const {
    std::vector<keyword_argument> result;
    result.reserve(names_.size());
    for (std::size_t i = 0; i < names_.size(); ++i) result.push_back({names_[i], values_[i]});
    return result;
  }
  /// `first`, then the positional arguments.
  std::vector<value> behind(value first) const {
    std::vector<value> all;
    all.reserve(positional_.size() + 1);
    all.push_back(std::move(first));
    all.insert(all.end(), positional_.begin(), positional_.end());
    return all;
  }

 private:
  std::vector<value> positional_;
  std::vector<std::string> names_;
  std::vector<value> values_;
};

[[noreturn]] void fail_argument(std::string message) {
  fail(error_kind::filter_argument, std::move(message));
}

/// The name of a filter or test; `what` is "filter" or "test".
std::string_view name_in(const value& name, std::string_view what, render_context& context) {
  if (name.is_text()) return name.as_text();
  hash(name);  // fails for an unhashable value, as Python does
  fail(error_kind::runtime, "No " + std::string(what) + " named " + repr_of(name, context) + ".");
}

using change = std::function<value(value item, render_context& context)>;

/// Maps an item.
change mapping_of(std::span<const value> args, std::span<const keyword_argument> keywords) {
  const value* attribute = nullptr;
  const value* otherwise = nullptr;
  const keyword_argument* other = nullptr;
  for (const keyword_argument& keyword : keywords) {
    if (keyword.name == "attribute") {
      attribute = &keyword.argument;
    } else if (keyword.name == "default") {
      otherwise = &keyword.argument;
    } else if (!other) {
      other = &keyword;
    }
  }
  if (args.empty() && attribute) {
    if (other) fail_argument("Unexpected keyword argument '" + std::string(other->name) + "'");
    return [path = attribute_path(attribute, otherwise)](value item, render_context& context) {
      return path.of(std::move(item), context);
    };
  }
  if (args.empty()) fail_argument("map requires a filter argument");
  return [name = args.front(), kept = kept_arguments(args.subspan(1), keywords)](
             value item, render_context& context) {
    return context.apply_filter(name_in(name, "filter", context), kept.behind(std::move(item)),
                                kept.keywords());
  };
}

using choice = std::function<bool(value item, render_context& context)>;

/// Whether select or one of its variants keeps an item.
choice selection_of(std::span<const value> args, std::span<const keyword_argument> keywords,
                    bool by_attribute) {
  attribute_path path;
  if (by_attribute) {
    if (args.empty()) fail_argument("Missing parameter for attribute name");
    path = attribute_path(&args.front());
    args = args.subspan(1);
  }
  if (args.empty()) {
    return [path](value item, render_context& context) {
      return truth(path.of(std::move(item), context));
    };
  }
  return [path, name = args.front(), kept = kept_arguments(args.subspan(1), keywords)](
             value item, render_context& context) {
    return context.apply_test(name_in(name, "test", context),
                              kept.behind(path.of(std::move(item), context)), kept.keywords());
  };
}

/// The arguments after the first, which is the filtered value.
kept_arguments kept_rest(const arguments& args) {
  return {args.positional().subspan(1), args.keywords()};
}

// As in Python, nothing runs, and nothing fails, before the first item is requested.

value filter_map(const arguments& args) {
  return make_generator(
      "sync_do_map", args,
      [over = args.positional().front(), kept = kept_rest(args), items = lazy_items({}),
       apply = change()](value& item, render_context& context) mutable {
        if (!apply) {
          if (!truth(over)) return false;
          apply = mapping_of(kept.positional(), kept.keywords());
          items = lazy_items(over);
        }
        if (!items.next(item, context)) return false;
        item = apply(std::move(item), context);
        return true;
      });
}

value chosen(const arguments& args, bool wanted, bool by_attribute) {
  return make_generator(
      "select_or_reject", args,
      [over = args.positional().front(), kept = kept_rest(args), items = lazy_items({}),
       chooses = choice(), wanted, by_attribute](value& item, render_context& context) mutable {
        if (!chooses) {
          if (!truth(over)) return false;
          chooses = selection_of(kept.positional(), kept.keywords(), by_attribute);
          items = lazy_items(over);
        }
        while (items.next(item, context)) {
          if (chooses(item, context) == wanted) return true;
        }
        return false;
      });
}

value filter_select(const arguments& args) { return chosen(args, true, false); }
value filter_reject(const arguments& args) { return chosen(args, false, false); }
value filter_selectattr(const arguments& args) { return chosen(args, true, true); }
value filter_rejectattr(const arguments& args) { return chosen(args, false, true); }

}  // namespace

void add_select_filters(environment::names& filters) {
  add(filters, "map", filter_map);
  add(filters, "select", filter_select);
  add(filters, "reject", filter_reject);
  add(filters, "selectattr", filter_selectattr);
  add(filters, "rejectattr", filter_rejectattr);
}

}  // namespace aldis::templates::detail
