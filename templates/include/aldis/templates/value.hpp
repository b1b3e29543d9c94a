#pragma once

#include <aldis/templates/detail/counted.hpp>
#include <aldis/templates/export.hpp>
#include <aldis/templates/fwd.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::templates {

/// The type of a value. In Python: none, bool, int, float, str, Markup, list, tuple, dict.
enum class value_kind : unsigned char {
  undefined,
  none,
  boolean,
  integer,
  floating,
  text,
  markup,
  list,
  tuple,
  dict,
  object,
};

using list = std::vector<value>;

/// Converts a C++ type to a value and back. Specialize it for your own types where `members` does
/// not fit:
///
///     static value to_value(const T&);
///     static T from_value(const value&);   // throws conversion_failure
template <class T>
struct conversion;

namespace detail {

template <class T>
concept has_conversion = requires(T&& from) {
  conversion<std::remove_cvref_t<T>>::to_value(std::forward<T>(from));
};

template <class T>
concept character = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;

}  // namespace detail

/// An immutable list: `(1, 2)` in a template.
struct tuple;

/// Text that is markup already and is not escaped again: Python's Markup.
struct markup {
  std::string text;
};

/// A value of any type of the template language. 16 bytes: short text is stored inline, and copies
/// share everything else.
///
/// As in Python, copies of a list or dict are the same list or dict. A default-constructed value is
/// none.
///
/// Threads: like a `shared_ptr`. Values passed to a render must not change until it ends.
///
///     value v = 42;
///     value names = list{"ann", "bob"};
///     value user = dict{{"name", "ann"}, {"admin", true}};
class ALDIS_TEMPLATES_API value {
 public:
  value() noexcept : value(value_kind::none) {}
  value(std::nullptr_t) noexcept : value() {}
  template <std::same_as<bool> Boolean>
  value(Boolean is_true) noexcept : value(value_kind::boolean) {
    store<std::int64_t>(is_true ? 1 : 0);
  }
  /// Exceptions: error (overflow) if the number does not fit into a signed 64-bit integer.
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> && !detail::character<Integer>) value(Integer number)
      : value(value_kind::integer) {
    if constexpr (std::is_unsigned_v<Integer> && sizeof(Integer) == sizeof(std::int64_t)) {
      if (number > static_cast<Integer>(INT64_MAX)) too_large();
    }
    store(static_cast<std::int64_t>(number));
  }
  template <std::floating_point Float>
  value(Float number) noexcept : value(value_kind::floating) {
    store(static_cast<double>(number));
  }
  value(std::string_view text) : value(value_kind::text, text) {}
  value(const char* text) : value(std::string_view(text)) {}
  value(const std::string& text) : value(std::string_view(text)) {}
  value(const markup& markup) : value(value_kind::markup, markup.text) {}
  value(list items);
  value(tuple items);
  value(dict items);
  template <std::derived_from<object> Object>
  value(detail::reference<Object> something) noexcept : value(value_kind::object) {
    refer_to(something.detach());
  }
  /// Containers, optionals, pairs, functions, structs with `members`: see convert.hpp.
  template <class T>
  requires(!std::derived_from<std::remove_cvref_t<T>, value> && detail::has_conversion<T>)
      value(T&& from)
      : value(conversion<std::remove_cvref_t<T>>::to_value(std::forward<T>(from))) {}

  /// `text_kind` is text or markup.
  value(value_kind text_kind, std::string_view text);

  value(const value& other) noexcept : contents_(other.contents_) {
    if (counts()) node()->retain();
  }
  value(value&& other) noexcept : contents_(std::exchange(other.contents_, contents{})) {}
  value& operator=(const value& other) noexcept {
    if (this == &other) return *this;
    if (other.counts()) other.node()->retain();
    // Released last: it may own `other`.
    const detail::counted* const old = counts() ? node() : nullptr;
    contents_ = other.contents_;
    if (old) old->release();
    return *this;
  }
  value& operator=(value&& other) noexcept {
    value moved(std::move(other));
    swap(moved);
    return *this;
  }
  ~value() {
    if (counts()) node()->release();
  }
  void swap(value& other) noexcept { std::swap(contents_, other.contents_); }

  value_kind kind() const noexcept { return contents_.kind; }
  bool is(value_kind what) const noexcept { return contents_.kind == what; }
  bool is_none() const noexcept { return is(value_kind::none); }
  bool is_undefined() const noexcept { return is(value_kind::undefined); }
  /// text or markup.
  bool is_text() const noexcept { return is(value_kind::text) || is(value_kind::markup); }
  bool is_markup() const noexcept { return is(value_kind::markup); }
  /// boolean, integer or floating.
  bool is_number() const noexcept {
    return kind() >= value_kind::boolean && kind() <= value_kind::floating;
  }
  /// boolean or integer: Python accepts both as an int.
  bool is_integral() const noexcept { return is(value_kind::boolean) || is(value_kind::integer); }

  // The content of a value. Call each only for its kind.

  bool as_boolean() const noexcept { return load<std::int64_t>() != 0; }
  /// For boolean and integer.
  std::int64_t as_integer() const noexcept { return load<std::int64_t>(); }
  /// For boolean, integer and floating.
  double as_floating() const noexcept {
    return is(value_kind::floating) ? load<double>() : static_cast<double>(load<std::int64_t>());
  }
  /// For text and markup. Valid until this value is changed or moved.
  std::string_view as_text() const noexcept {
    return counts() ? heap_text() : std::string_view(contents_.data, contents_.size);
  }
  list& as_list() const noexcept;
  const list& as_tuple() const noexcept;
  dict& as_dict() const noexcept;
  object& as_object() const noexcept;
  /// For list and tuple.
  const list& as_items() const noexcept { return is(value_kind::list) ? as_list() : as_tuple(); }

  /// Identity: Python's `is`. Equal numbers and equal texts are the same.
  bool same_as(const value& other) const noexcept;
  /// The object if it is of this type, else null.
  template <class Object>
  Object* as() const noexcept;

  /// The reference-counted content; null if the value is stored inline.
  const detail::counted* shared() const noexcept { return counts() ? node() : nullptr; }

  /// An undefined value; `what` describes it in error messages.
  static value undefined(detail::reference<const detail::counted> what) noexcept {
    value result(value_kind::undefined);
    result.refer_to(what.detach());
    return result;
  }

 private:
  static constexpr std::size_t inside = 14;
  static constexpr unsigned char on_heap = 0xff;

  /// Copied bytewise; the code that copies it adjusts the reference count.
  struct contents {
    alignas(8) char data[inside]{};
    unsigned char size = 0;  // of inline text; on_heap if the content is reference-counted
    value_kind kind = value_kind::none;
  };

  explicit value(value_kind what) noexcept { contents_.kind = what; }

  template <class Number>
  void store(Number what) noexcept {
    std::memcpy(contents_.data, &what, sizeof(Number));
  }
  template <class Number>
  Number load() const noexcept {
    Number what;
    std::memcpy(&what, contents_.data, sizeof(Number));
    return what;
  }
  void refer_to(const detail::counted* node) noexcept {
    const void* const any = node;
    std::memcpy(contents_.data, static_cast<const void*>(&any), sizeof(const void*));
    if (node) contents_.size = on_heap;
  }
  const detail::counted* node() const noexcept {
    const void* any = nullptr;
    std::memcpy(static_cast<void*>(&any), contents_.data, sizeof(const void*));
    return static_cast<const detail::counted*>(any);
  }
  bool counts() const noexcept { return contents_.size == on_heap; }
  std::string_view heap_text() const noexcept;
  [[noreturn]] static void too_large();

  contents contents_;
};

static_assert(sizeof(value) == 16);

struct tuple {
  list items;
};

}  // namespace aldis::templates
