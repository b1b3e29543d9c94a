#pragma once

#include <aldis/templates/convert.hpp>
#include <aldis/templates/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates {

/// Iterates over an object.
class ALDIS_TEMPLATES_API cursor {
 public:
  cursor() = default;
  cursor(const cursor&) = delete;
  cursor& operator=(const cursor&) = delete;
  virtual ~cursor();

  /// False at the end, and on every later call.
  virtual bool next(value& item, render_context& context) = 0;
};

/// The base class of values that have behaviour: functions, loops, namespaces, your own types.
///
/// Threads: several renders may use an object at once; an object that changes must synchronize
/// itself.
class ALDIS_TEMPLATES_API object : public detail::counted {
 public:
  ~object() override;

  /// The type's name in Python: `Namespace`, `function`.
  virtual std::string_view type_name() const noexcept = 0;
  /// The name in error messages; by default `<type name> object`.
  virtual std::string description() const;

  /// `self.name`; nothing if there is no such attribute.
  virtual std::optional<value> attribute(std::string_view name, render_context& context) const;
  /// `self[key]`; nothing if there is no such item.
  virtual std::optional<value> item(const value& key, render_context& context) const;

  /// Whether it has items by key, like a dict. Iteration then returns the keys.
  virtual bool is_mapping() const noexcept { return false; }
  /// Whether it has a length and items by index, like a list.
  virtual bool is_sequence() const noexcept { return false; }
  /// The length; nothing for an object without one, like a generator.
  virtual std::optional<std::size_t> size() const { return std::nullopt; }
  virtual bool is_iterable() const { return false; }
  /// Null if it is not iterable.
  virtual std::unique_ptr<cursor> iterate() const;
  /// `self[begin:end:step]`; nothing if it does not support slices.
  virtual std::optional<value> slice(const value& begin, const value& end, const value& step,
                                     render_context& context) const;
  /// `x in self`; nothing to search by iteration.
  virtual std::optional<bool> contains(const value& what, render_context& context) const;
  virtual bool truth() const { return size() != std::optional<std::size_t>(0); }

  virtual bool is_callable() const noexcept { return false; }
  virtual value call(const arguments& args) const;

  /// str(self); by default repr(self).
  virtual void append_text(std::string& out, render_context& context) const;
  /// repr(self); by default `<type name object>`.
  virtual void append_repr(std::string& out, render_context& context) const;
  /// Whether append_text() writes markup, which is not escaped.
  virtual bool is_markup() const noexcept { return false; }

  /// By default an object equals only itself.
  virtual bool equals(const value& other) const;
  /// Negative, 0 or positive; nothing if the two are unordered.
  virtual std::optional<int> compare(const value& other) const;
  virtual std::size_t hash() const;
};

template <class Object>
Object* value::as() const noexcept {
  return is(value_kind::object) ? dynamic_cast<Object*>(&as_object()) : nullptr;
}

}  // namespace aldis::templates
