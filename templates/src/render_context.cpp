#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>

#include "heap_values.hpp"
#include "language/literals.hpp"
#include "python_operations.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace aldis::templates {

namespace {

std::int64_t as_budget(std::uint64_t limit) noexcept {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(limit, most));
}

/// Python's index: negative numbers count from the end.
std::optional<std::size_t> index_in(std::int64_t index, std::size_t size) noexcept {
  const auto signed_size = static_cast<std::int64_t>(size);
  if (index < 0) index += signed_size;
  if (index < 0 || index >= signed_size) return std::nullopt;
  return static_cast<std::size_t>(index);
}

value character(const value& of, std::size_t offset, std::size_t size) {
  return value(of.kind(), of.as_text().substr(offset, size));
}

/// Python's owner[key], without Jinja's fallback to attributes.
std::optional<value> subscript(const value& owner, const value& key, render_context& context) {
  switch (owner.kind()) {
    case value_kind::dict: {
      // An unhashable key is not found.
      if (key.is(value_kind::list) || key.is(value_kind::dict)) return std::nullopt;
      const value* const found = std::as_const(owner.as_dict()).find(key);
      return found ? std::optional(*found) : std::nullopt;
    }
    case value_kind::list:
    case value_kind::tuple: {
      if (!key.is_integral()) return std::nullopt;
      const list& items = owner.as_items();
      const auto index = index_in(key.as_integer(), items.size());
      return index ? std::optional(items[*index]) : std::nullopt;
    }
    case value_kind::text:
    case value_kind::markup: {
      if (!key.is_integral()) return std::nullopt;
      const std::string_view text = owner.as_text();
      detail::count_bytes(text.size());
      if (detail::is_ascii(text)) {
        const auto index = index_in(key.as_integer(), text.size());
        return index ? std::optional(character(owner, *index, 1)) : std::nullopt;
      }
      detail::count_text(text.size());
      const auto number = index_in(key.as_integer(), detail::count_characters(text));
      if (!number) return std::nullopt;
      const std::size_t offset = detail::offset_of_character(text, *number);
      return character(owner, offset, detail::character_size(text, offset));
    }
    case value_kind::object:
      return owner.as_object().item(key, context);
    default:
      return std::nullopt;
  }
}

std::optional<value> attribute_of(const value& owner, std::string_view name,
                                  render_context& context) {
  if (owner.is(value_kind::object)) return owner.as_object().attribute(name, context);
  return detail::method(owner, name);
}

}  // namespace

render_context::render_context(const environment& env)
    : environment_(&env),
      steps_left_(as_budget(env.options().limits.iterations)),
      memory_left_(as_budget(env.options().limits.memory)) {}

void render_context::too_many_steps() const {
  fail(error_kind::limit, "more than " + std::to_string(env().options().limits.iterations) +
                              " steps of loops and filters");
}

void render_context::too_much_memory() const {
  fail(error_kind::limit, "the values of this render need more than " +
                              std::to_string(env().options().limits.memory) + " bytes");
}

value render_context::call(const value& callable, std::span<const value> positional,
                           std::span<const keyword_argument> keywords) {
  // A filter or test may take time in proportion to the text.
  for (const value& each : positional) {
    if (each.is_text()) detail::count_bytes(each.as_text().size());
  }
  if (callable.is(value_kind::object)) [[likely]] {
    return callable.as_object().call(arguments(*this, positional, keywords));
  }
  if (callable.is_undefined()) detail::fail_undefined(callable);
  fail(error_kind::type,
       "'" + std::string(detail::type_name(callable)) + "' object is not callable");
}

namespace {

const value& find_callable(const environment::names& among, std::string_view name,
                           std::string_view what) {
  const auto found = among.find(name);
  if (found == among.end()) {
    fail(error_kind::runtime,
         "No " + std::string(what) + " named " + detail::in_quotes(name) + ".");
  }
  return found->second;
}

}  // namespace

value render_context::apply_filter(std::string_view name, std::span<const value> positional,
                                   std::span<const keyword_argument> keywords) {
  return call(find_callable(env().filters, name, "filter"), positional, keywords);
}

bool render_context::apply_test(std::string_view name, std::span<const value> positional,
                                std::span<const keyword_argument> keywords) {
  return detail::truth(call(find_callable(env().tests, name, "test"), positional, keywords));
}

value render_context::attribute(const value& owner, std::string_view name) {
  if (owner.is_undefined()) {
    if (detail::undefined_of(owner).policy == undefined_policy::chainable) return owner;
    detail::fail_undefined(owner);
  }
  if (auto found = attribute_of(owner, name, *this)) return *std::move(found);
  const value key(name);
  if (auto found = subscript(owner, key, *this)) return *std::move(found);
  return undefined_in(owner, key);
}

value render_context::item(const value& owner, const value& key) {
  if (owner.is_undefined()) {
    if (detail::undefined_of(owner).policy == undefined_policy::chainable) return owner;
    detail::fail_undefined(owner);
  }
  if (auto found = subscript(owner, key, *this)) return *std::move(found);
  if (key.is_text()) {
    if (auto found = attribute_of(owner, key.as_text(), *this)) return *std::move(found);
  }
  return undefined_in(owner, key);
}

namespace {

detail::reference<detail::undefined_node> make_undefined(const render_context& context) {
  detail::reference<detail::undefined_node> node(new detail::undefined_node);
  node->policy = context.env().options().undefined;
  return node;
}

value finished(detail::reference<detail::undefined_node> node) {
  return value::undefined(detail::reference<const detail::counted>(node.detach()));
}

}  // namespace

value render_context::undefined(std::string_view name) const {
  auto node = make_undefined(*this);
  node->name = value(name);
  return finished(std::move(node));
}

value render_context::undefined_because(std::string hint) const {
  auto node = make_undefined(*this);
  node->hint = std::move(hint);
  return finished(std::move(node));
}

value render_context::undefined_in(const value& owner, const value& name) {
  auto node = make_undefined(*this);
  node->owner = detail::description(owner);
  node->name = name;
  if (!name.is_text()) detail::append_repr(node->key, name, *this);
  return finished(std::move(node));
}

// iteration

iteration::iteration(value over, render_context& context)
    : over_(std::move(over)), context_(context) {
  switch (over_.kind()) {
    case value_kind::list:
    case value_kind::tuple:
    case value_kind::text:
    case value_kind::markup:
      return;
    case value_kind::dict:
      size_ = over_.as_dict().size();
      return;
    case value_kind::undefined:
      if (detail::undefined_of(over_).policy == undefined_policy::strict) {
        detail::fail_undefined(over_);
      }
      return;
    case value_kind::object:
      cursor_ = over_.as_object().iterate();
      break;
    default:
      break;
  }
  if (!cursor_) {
    fail(error_kind::type,
         "'" + std::string(detail::type_name(over_)) + "' object is not iterable");
  }
}

iteration::~iteration() = default;

bool iteration::next(value& item) {
  context_.count_steps();
  switch (over_.kind()) {
    case value_kind::list:
    case value_kind::tuple: {
      const list& items = over_.as_items();
      if (position_ >= items.size()) return false;
      item = items[position_++];
      return true;
    }
    case value_kind::text:
    case value_kind::markup: {
      const std::string_view text = over_.as_text();
      if (position_ >= text.size()) return false;
      const std::size_t size = detail::character_size(text, position_);
      item = character(over_, position_, size);
      // Markup inherits str's iteration: its characters are plain text.
      if (over_.is_markup()) item = value(item.as_text());
      position_ += size;
      return true;
    }
    case value_kind::dict: {
      const dict& entries = over_.as_dict();
      if (entries.size() != size_) {
        fail(error_kind::python_runtime, "dictionary changed size during iteration");
      }
      const std::size_t before = position_;
      const dict::entry* const entry = entries.next(position_);
      // Skipped tombstones count too: a loop that stops early skips the same ones each time.
      detail::count_items(position_ - before);
      if (!entry) return false;
      item = entry->key;
      return true;
    }
    case value_kind::object:
      return cursor_->next(item, context_);
    default:
      return false;
  }
}

std::optional<std::size_t> iteration::size_hint() const { return detail::length_if_any(over_); }

}  // namespace aldis::templates
