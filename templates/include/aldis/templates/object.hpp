#pragma once

#include <aldis/templates/convert.hpp>
#include <aldis/templates/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates {

/// Steps through what can be iterated.
class ALDIS_TEMPLATES_API cursor {
 public:
  cursor() = default;
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;
  virtual ~cursor();

  /// False at the end, and from then on.
  virtual bool next(value& item, render_context& context) = 0;
};

/// What templates know only by what it can do: functions, loops, namespaces, a user's struct.
///
/// Threads: may be used by several renders at once; those that change guard themselves.
class ALDIS_TEMPLATES_API object : public detail::counted {
 public:
  ~object() override;

  /// As Python names its type: `Namespace`, `function`.
  virtual std::string_view type_name() const noexcept = 0;
  /// As error messages call it; by default `<type name> object`.
  virtual std::string description() const;

  /// `self.name`; nothing if there is no such attribute.
  virtual std::optional<value> attribute(std::string_view name, render_context& context) const;
  /// `self[key]`; nothing if there is no such item.
  virtual std::optional<value> item(const value& key, render_context& context) const;

  /// Does it have items by key, as a dict? Then iteration gives its keys.
  virtual bool is_mapping() const noexcept { return false; }
  /// Does it have a length and items by number, as a list?
  virtual bool is_sequence() const noexcept { return false; }
  /// `length`; nothing if it has none, as a generator.
  virtual std::optional<std::size_t> size() const { return std::nullopt; }
  virtual bool is_iterable() const { return false; }
  /// Null if it cannot be iterated.
  virtual std::unique_ptr<cursor> iterate() const;
  /// `self[begin:end:step]`; nothing if it has no slices.
  virtual std::optional<value> slice(const value& begin, const value& end, const value& step,
                                     render_context& context) const;
  /// `x in self`; nothing if only iteration can tell.
  virtual std::optional<bool> contains(const value& what, render_context& context) const;
  virtual bool truth() const { return size() != std::optional<std::size_t>(0); }

  virtual bool is_callable() const noexcept { return false; }
  virtual value call(const arguments& given) const;

  /// str(self); by default as repr.
  virtual void append_text(std::string& out, render_context& context) const;
  /// By default `<type name object>`.
  virtual void append_repr(std::string& out, render_context& context) const;
  /// Has it text of its own that is markup, and is not to be escaped?
  virtual bool is_markup() const noexcept { return false; }

  /// By default an object equals only itself.
  virtual bool equals(const value& other) const;
  /// A negative number, 0 or a positive one; nothing if the two have no order.
  virtual std::optional<int> compare(const value& other) const;
  virtual std::size_t hash() const;
};

template <class Object>
Object* value::as() const noexcept {
  return is(value_kind::object) ? dynamic_cast<Object*>(&as_object()) : nullptr;
}

}  // namespace aldis::templates
