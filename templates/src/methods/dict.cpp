// get(), items(), update(), ...

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/dict_view.hpp"
#include "methods/format_value.hpp"
#include "methods/methods.hpp"

#include <iterator>

namespace aldis::templates::detail {

namespace {

class dict_cursor final : public cursor {
 public:
  explicit dict_cursor(const dict_view& of)
      : of_(reference<const dict_view>::share(of)), size_(of.entries().size()) {}

  bool next(value& item, render_context&) override {
    const dict& entries = of_->entries();
    if (entries.size() != size_) {
      fail(error_kind::python_runtime, "dictionary changed size during iteration");
    }
    const std::size_t before = position_;
    const dict::entry* const entry = entries.next(position_);
    count_items(position_ - before);
    if (!entry) return false;
    item = of_->shown(*entry);
    return true;
  }

 private:
  reference<const dict_view> of_;
  std::size_t size_;
  std::size_t position_ = 0;
};

void put(const method_call& call, const value& key, const value& mapped) {
  allow_change(call.self, key, call.context);
  allow_change(call.self, mapped, call.context);
  set_entry(call.self.as_dict(), key, mapped, call.context);
}

value make_view(const value& self, const arguments& args, std::string_view name,
                dict_view::part shown) {
  const method_call call(self, args);
  call.take_none("dict", name);
  return value(reference(new dict_view(call.self, shown)));
}

value dict_items(const value& self, const arguments& args) {
  return make_view(self, args, "items", dict_view::part::items);
}
value dict_keys(const value& self, const arguments& args) {
  return make_view(self, args, "keys", dict_view::part::keys);
}
value dict_values(const value& self, const arguments& args) {
  return make_view(self, args, "values", dict_view::part::values);
}

value dict_clear(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("dict", "clear");
  allow_change(self);
  call.self.as_dict().clear();
  return {};
}

value dict_copy(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("dict", "copy");
  call.context.count_memory(copied_key_bytes * call.self.as_dict().size());
  return dict(call.self.as_dict());
}

/// A class method, which a dict's instance has too.
value dict_fromkeys(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("dict", "fromkeys", 1, 2);
  dict made;
  iteration keys(call[0], call.context);
  for (value key; keys.next(key);) {
    set_entry(made, key, call.size() == 2 ? call[1] : value(), call.context);
  }
  return made;
}

value dict_get(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("dict", "get", 1, 2);
  if (const value* found = call.self.as_dict().find(call[0])) return *found;
  return call.size() == 2 ? call[1] : value();
}

value dict_pop(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("dict", "pop", 1, 2);
  dict& entries = call.self.as_dict();
  if (const value* found = entries.find(call[0])) {
    allow_change(self);
    value popped = *found;
    entries.erase(call[0]);
    return popped;
  }
  if (call.size() == 2) return call[1];
  fail(error_kind::key, repr_of(call[0], call.context));
}

value dict_popitem(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_none("dict", "popitem");
  allow_change(self);
  dict& entries = call.self.as_dict();
  if (entries.empty()) fail(error_kind::key, "'popitem(): dictionary is empty'");
  const dict::entry last = *std::prev(entries.end());
  entries.erase(last.key);
  return tuple{{last.key, last.mapped}};
}

value dict_setdefault(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take("dict", "setdefault", 1, 2);
  if (const value* found = call.self.as_dict().find(call[0])) return *found;
  const value mapped = call.size() == 2 ? call[1] : value();
  put(call, call[0], mapped);
  return mapped;
}

/// Adds pairs of a key and a value.
void put_pairs(const method_call& call, const list& pairs) {
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const std::string number = "#" + std::to_string(i);
    if (!is_iterable(pairs[i])) {
      fail(error_kind::type,
           "cannot convert dictionary update sequence element " + number + " to a sequence");
    }
    const list pair = items_of(pairs[i], call.context);
    if (pair.size() != 2) {
      fail(error_kind::value, "dictionary update sequence element " + number + " has length " +
                                  std::to_string(pair.size()) + "; 2 is required");
    }
    put(call, pair[0], pair[1]);
  }
}

value dict_update(const value& self, const arguments& args) {
  const method_call call(self, {args.context(), args.positional()});
  call.take("dict", "update", 0, 1);
  if (call.size() == 1) {
    if (call[0].is(value_kind::dict)) {
      // A copy: a dict may be updated with itself.
      for (const dict::entry& entry : dict(call[0].as_dict())) put(call, entry.key, entry.mapped);
    } else {
      if (call[0].is_undefined()) fail_undefined(call[0]);
      put_pairs(call, items_of(call[0], call.context));
    }
  }
  for (const keyword_argument& keyword : args.keywords()) put(call, keyword.name, keyword.argument);
  return {};
}

constexpr method_entry of_dict[] = {
    {"clear", dict_clear},   {"copy", dict_copy},       {"fromkeys", dict_fromkeys},
    {"get", dict_get},       {"items", dict_items},     {"keys", dict_keys},
    {"pop", dict_pop},       {"popitem", dict_popitem}, {"setdefault", dict_setdefault},
    {"update", dict_update}, {"values", dict_values},
};

}  // namespace

std::span<const method_entry> dict_methods() { return of_dict; }

std::string_view dict_view::type_name() const noexcept {
  switch (shown_) {
    case part::keys:
      return "dict_keys";
    case part::values:
      return "dict_values";
    default:
      return "dict_items";
  }
}

value dict_view::shown(const dict::entry& entry) const {
  switch (shown_) {
    case part::keys:
      return entry.key;
    case part::values:
      return entry.mapped;
    default:
      return tuple{{entry.key, entry.mapped}};
  }
}

std::unique_ptr<cursor> dict_view::iterate() const { return std::make_unique<dict_cursor>(*this); }

std::optional<bool> dict_view::contains(const value& what, render_context& context) const {
  if (shown_ == part::keys) return entries().contains(what);
  context.count_steps(entries().size());
  for (const dict::entry& entry : entries()) {
    if (equal(shown(entry), what)) return true;
  }
  return false;
}

bool dict_view::equals(const value& other) const {
  // Views that are sets are equal if they have the same items, in any order.
  const auto* that = other.as<dict_view>();
  if (!that || shown_ == part::values || that->shown_ != shown_) return that == this;
  if (entries().size() != that->entries().size()) return false;
  count_work(entries().size());
  for (const dict::entry& entry : entries()) {
    const value* mapped = that->entries().find(entry.key);
    if (!mapped || (shown_ == part::items && !equal(*mapped, entry.mapped))) return false;
  }
  return true;
}

void dict_view::append_repr(std::string& out, render_context& context) const {
  out.append(type_name()).append("([");
  bool first = true;
  for (const dict::entry& entry : entries()) {
    if (!first) out += ", ";
    first = false;
    detail::append_repr(out, shown(entry), context);
  }
  out += "])";
}

}  // namespace aldis::templates::detail
