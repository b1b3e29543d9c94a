#include "methods.hpp"

#include <aldis/templates/object.hpp>

#include "heap_values.hpp"

#include <algorithm>
#include <string>

namespace aldis::templates::detail {

namespace {

/// A bound method.
class bound_method final : public object {
 public:
  bound_method(value self, const method_entry& entry) : self_(std::move(self)), entry_(&entry) {}

  std::string_view type_name() const noexcept override { return "builtin_function_or_method"; }
  bool is_callable() const noexcept override { return true; }

  value call(const arguments& args) const override {
    count_text_of(self_);
    for (const value& each : args.positional()) count_text_of(each);
    for (const keyword_argument& each : args.keywords()) count_text_of(each.argument);
    return entry_->function(self_, args);
  }

  void traverse(std::vector<const value*>& into) const override { into.push_back(&self_); }

  void append_repr(std::string& out, render_context&) const override {
    out.append("<built-in method ").append(entry_->name).append(" of ");
    out.append(detail::type_name(self_)).append(" object>");
  }

  bool equals(const value& other) const override {
    const auto* that = other.as<bound_method>();
    return that && that->entry_ == entry_ && that->self_.same_as(self_);
  }

 private:
  value self_;
  const method_entry* entry_;
};

std::span<const method_entry> methods_of(const value& self) {
  switch (self.kind()) {
    case value_kind::text:
    case value_kind::markup:
      return text_methods();
    case value_kind::list:
      return list_methods();
    case value_kind::tuple:
      return tuple_methods();
    case value_kind::dict:
      return dict_methods();
    case value_kind::boolean:
    case value_kind::integer:
      return integer_methods();
    case value_kind::floating:
      return float_methods();
    default:
      return {};
  }
}

const method_entry* find_in(std::span<const method_entry> methods, std::string_view name) {
  const auto found = std::lower_bound(
      methods.begin(), methods.end(), name,
      [](const method_entry& entry, std::string_view n) { return entry.name < n; });
  return found != methods.end() && found->name == name ? &*found : nullptr;
}

const method_entry* find_method(const value& self, std::string_view name) {
  // Markup has all methods of text, and more.
  if (self.is_markup()) {
    if (const method_entry* found = find_in(markup_methods(), name)) return found;
  }
  return find_in(methods_of(self), name);
}

/// Attributes that are not methods: the parts of a number, the names of a named tuple.
std::optional<value> plain_attribute(const value& self, std::string_view name) {
  if (self.is(value_kind::tuple)) {
    const auto names = static_cast<const tuple_node&>(*self.shared()).names;
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return self.as_tuple()[static_cast<std::size_t>(found - names.begin())];
  }
  if (!self.is_number()) return std::nullopt;
  const bool whole = self.is_integral();
  const auto number = [&] {
    return self.is(value_kind::boolean) ? value(self.as_integer()) : self;
  };
  if (name == "real" || (whole && name == "numerator")) return number();
  if (name == "imag") return whole ? value(0) : value(0.0);
  if (whole && name == "denominator") return value(1);
  return std::nullopt;
}

std::string count_text(std::size_t count, std::string_view word) {
  return std::to_string(count) + " " + std::string(word) + (count == 1 ? "" : "s");
}

/// `str.upper()`, as in error messages.
std::string full_name(std::string_view type, std::string_view name) {
  return std::string(type) + "." + std::string(name) + "()";
}

[[noreturn]] void fail_unknown(std::string_view function, std::string_view keyword) {
  fail(error_kind::type, "'" + std::string(keyword) + "' is an invalid keyword argument for " +
                             std::string(function) + "()");
}

[[noreturn]] void fail_given_twice(std::string_view function, std::string_view keyword,
                                   std::size_t index) {
  fail(error_kind::type, "argument for " + std::string(function) + "() given by name ('" +
                             std::string(keyword) + "') and position (" + std::to_string(index) +
                             ")");
}

}  // namespace

std::optional<value> method(const value& self, std::string_view name) {
  if (const method_entry* found = find_method(self, name)) {
    return value(reference(new bound_method(self, *found)));
  }
  return plain_attribute(self, name);
}

value call_method(const value& self, std::string_view name, std::initializer_list<value> args,
                  render_context& context) {
  return find_method(self, name)->function(self, {context, {args.begin(), args.size()}});
}

void method_call::take_no_keywords(std::string_view type, std::string_view name) const {
  if (keywords_.empty()) return;
  fail(error_kind::type, full_name(type, name) + " takes no keyword arguments");
}

void method_call::take_none(std::string_view type, std::string_view name) const {
  take_no_keywords(type, name);
  if (size() == 0) return;
  fail(error_kind::type,
       full_name(type, name) + " takes no arguments (" + std::to_string(size()) + " given)");
}

void method_call::take_one(std::string_view type, std::string_view name) const {
  take_no_keywords(type, name);
  if (size() == 1) return;
  fail(error_kind::type, full_name(type, name) + " takes exactly one argument (" +
                             std::to_string(size()) + " given)");
}

void method_call::take(std::string_view type, std::string_view name, std::size_t least,
                       std::size_t most) const {
  take_no_keywords(type, name);
  if (size() >= least && size() <= most) return;
  const std::size_t limit = size() < least ? least : most;
  const char* const how = least == most ? "" : size() < least ? "at least " : "at most ";
  fail(error_kind::type, std::string(name) + " expected " + how + count_text(limit, "argument") +
                             ", got " + std::to_string(size()));
}

void method_call::take_in_brackets(std::string_view type, std::string_view name, std::size_t least,
                                   std::size_t most) const {
  take_no_keywords(type, name);
  if (size() >= least && size() <= most) return;
  const bool few = size() < least;
  fail(error_kind::type, std::string(name) + "() takes at " + (few ? "least " : "most ") +
                             count_text(few ? least : most, "argument") + " (" +
                             std::to_string(size()) + " given)");
}

void method_call::find_named(std::string_view name, std::span<const std::string_view> parameters,
                             const value** bound) const {
  const std::size_t count = size() + keywords_.size();
  if (count > parameters.size()) {
    fail(error_kind::type, std::string(name) + "() takes at most " +
                               count_text(parameters.size(), "argument") + " (" +
                               std::to_string(count) + " given)");
  }
  for (std::size_t i = 0; i < size(); ++i) bound[i] = &given_[i];
  for (const keyword_argument& keyword : keywords_) {
    const auto found = std::find(parameters.begin(), parameters.end(), keyword.name);
    if (found == parameters.end()) fail_unknown(name, keyword.name);
    const auto index = static_cast<std::size_t>(found - parameters.begin());
    if (bound[index]) fail_given_twice(name, keyword.name, index + 1);
    bound[index] = &keyword.argument;
  }
}

}  // namespace aldis::templates::detail
