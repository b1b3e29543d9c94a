#pragma once

#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/text.hpp>
#include <aldis/detail/type_name.hpp>
#include <aldis/fwd.hpp>

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace aldis {

/// Makes senders of type T compare by value: specialise it with a static `get(const T&)` that
/// returns text, a number or an enumeration.
///
///     template <>
///     struct aldis::sender_key<user> {
///       static int get(const user& u) { return u.id; }
///     };
template <class T>
struct sender_key {
  using not_specialised = void;
};

/// A member of a sender's class: when the sender dies, so do the subscriptions made with
/// `from(sender)`, and a new object at the same address does not inherit them.
///
/// The class given to from() must contain it: through a base class without it, it is not found.
///
/// Threads: construct and destroy it with its owner. Subscriptions end before the destructor
/// returns, which does not wait for receivers that are running.
/// Cost: one entry in a table of the process.
class ALDIS_API sender_scope {
 public:
  sender_scope();
  ~sender_scope();
  /// A copy of a sender is a different sender.
  sender_scope(const sender_scope&) : sender_scope() {}
  sender_scope& operator=(const sender_scope&) noexcept { return *this; }
};

namespace detail {

template <class T>
concept keyed = !requires {
  typename sender_key<T>::not_specialised;
};

template <class T>
concept text_sender = text_like<T> && !std::same_as<std::remove_cvref_t<T>, std::nullptr_t>;

template <class T>
concept smart_pointer = !keyed<T> && !text_like<T> && requires(const T& pointer) {
  {pointer.get()};
  {*pointer};
  static_cast<bool>(pointer);
};

template <class T>
concept by_value = keyed<T> || text_sender<T> || std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// The key of an object is its address, as its static type has it. Never the most derived address:
/// the dynamic type is a different one during construction and destruction.
/// docs/design/sender-index.md.
inline key_view object_key(const volatile void* address) noexcept {
  return {key_view::kind::object,
          static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address)), nullptr, 0};
}

template <class T>
key_view key_of(const T& value);

/// Whether text of this type outlives the expression that returns it, since a key refers to its
/// text.
template <class Text>
inline constexpr bool lasting_text =
    !text_range<Text> || std::is_reference_v<Text> || std::is_trivially_copyable_v<Text>;

template <std::integral T>
constexpr key_view integer_key(T value) noexcept {
  const bool large = std::is_unsigned_v<T> &&
                     static_cast<std::uint64_t>(value) > static_cast<std::uint64_t>(INT64_MAX);
  return {large ? key_view::kind::unsigned_integer : key_view::kind::integer,
          static_cast<std::uint64_t>(value), nullptr, 0};
}

/// -0.0 equals 0.0; NaN equals nothing.
template <std::floating_point T>
key_view floating_key(T value) noexcept {
  const auto narrow = static_cast<double>(value);
  if constexpr (sizeof(T) > sizeof(double)) {
    if (static_cast<T>(narrow) != value && !__builtin_isnan(value)) {
      // Without padding: x86's long double has ten bytes of value.
      constexpr bool extended = std::same_as<T, long double> && __LDBL_MANT_DIG__ == 64;
      constexpr std::size_t size = extended ? 10 : sizeof(T);
      static_assert(size <= sizeof(std::uint64_t) + sizeof(std::size_t));
      key_view key{key_view::kind::long_floating, 0, nullptr, 0};
      const auto* const bytes = reinterpret_cast<const char*>(&value);
      __builtin_memcpy(&key.bits, bytes, sizeof key.bits);
      __builtin_memcpy(&key.size, bytes + sizeof key.bits, size - sizeof key.bits);
      return key;
    }
  }
  std::uint64_t bits = 0;
  if (narrow != 0) __builtin_memcpy(&bits, &narrow, sizeof bits);
  return {key_view::kind::floating, bits, nullptr, 0};
}

template <class T>
key_view key_of(const T& value) {
  using type = std::remove_cv_t<T>;
  if constexpr (keyed<type>) {
    static_assert(lasting_text<decltype(sender_key<type>::get(value))>,
                  "aldis: sender_key<T>::get returns a copy of the text; return a reference or a "
                  "std::string_view");
    return key_of(sender_key<type>::get(value));
  } else if constexpr (std::same_as<type, any_sender>) {
    return value.key();
  } else if constexpr (text_sender<type>) {
    const text_view view(value);
    return {key_view::kind::text, 0, view.data, view.size};
  } else if constexpr (std::is_enum_v<type>) {
    const char* const name = type_name<type>();
    key_view key = integer_key(static_cast<std::underlying_type_t<type>>(value));
    key.type = key_view::kind::enumeration;
    key.text = name;
    key.size = length(name);
    return key;
  } else if constexpr (std::integral<type>) {
    return integer_key(value);
  } else if constexpr (std::floating_point<type>) {
    return floating_key(value);
  } else if constexpr (std::is_null_pointer_v<type>) {
    return object_key(nullptr);
  } else if constexpr (std::is_function_v<type>) {
    return object_key(reinterpret_cast<const void*>(&value));
  } else if constexpr (std::is_pointer_v<type>) {
    if constexpr (std::is_function_v<std::remove_pointer_t<type>>) {
      return object_key(reinterpret_cast<const void*>(value));
    } else {
      return object_key(value);
    }
  } else if constexpr (smart_pointer<type>) {
    return key_of(value.get());
  } else {
    return object_key(__builtin_addressof(value));
  }
}

/// Whether receivers can select by a sender that is passed as an S.
template <class S>
inline constexpr bool is_selectable =
    std::same_as<std::remove_cvref_t<S>, any_sender> || by_value<std::remove_cvref_t<S>> ||
    std::is_pointer_v<std::remove_cvref_t<S>> || smart_pointer<std::remove_cvref_t<S>> ||
    std::is_reference_v<S>;

template <class T>
struct pointee {
  using type = T;
};
template <class T>
struct pointee<T*> {
  using type = T;
};
template <smart_pointer T>
struct pointee<T> {
  using type = std::remove_reference_t<decltype(*std::declval<const T&>())>;
};

template <class T>
using sender_object = std::remove_cv_t<typename pointee<std::remove_cvref_t<T>>::type>;

/// Whether a sender of type X can equal one that is passed as an S.
template <class S, class X>
constexpr bool comparable_senders() {
  using s = std::remove_cvref_t<S>;
  using x = std::remove_cvref_t<X>;
  if constexpr (std::same_as<s, any_sender> || std::same_as<s, x>) {
    return true;
  } else if constexpr (keyed<s> || keyed<x>) {
    return false;
  } else if constexpr (text_sender<s> || text_sender<x>) {
    return text_sender<s> && text_sender<x>;
  } else if constexpr (std::is_enum_v<s> || std::is_enum_v<x>) {
    return false;
  } else if constexpr (std::is_arithmetic_v<s> || std::is_arithmetic_v<x>) {
    return (std::is_integral_v<s> && std::is_integral_v<x>) ||
           (std::is_floating_point_v<s> && std::is_arithmetic_v<x>);
  } else if constexpr (std::is_null_pointer_v<x>) {
    return std::is_pointer_v<s> || smart_pointer<s>;
  } else {
    using so = sender_object<S>;
    using xo = sender_object<X>;
    return std::is_void_v<so> || std::is_void_v<xo> || std::is_same_v<so, xo> ||
           std::is_convertible_v<const xo*, const so*>;
  }
}

/// Whether X is only a base of the sender's class. Its position in the sender is not known while
/// the sender is being constructed.
template <class S, class X>
constexpr bool base_of_sender() {
  if constexpr (!comparable_senders<S, X>() && std::is_class_v<sender_object<S>> &&
                std::is_class_v<sender_object<X>>) {
    return std::is_convertible_v<const sender_object<S>*, const sender_object<X>*>;
  } else {
    return false;
  }
}

/// The address of the object that `value` is, or points to.
template <class X>
auto address_in(const X& value) {
  if constexpr (std::is_pointer_v<X>) {
    return value;
  } else if constexpr (smart_pointer<X>) {
    return value.get();
  } else {
    return __builtin_addressof(value);
  }
}

/// The key that `value` has when it is sent as an S.
template <class S, class X>
key_view key_as(const X& value) {
  using s = std::remove_cvref_t<S>;
  if constexpr (std::is_floating_point_v<s> && std::is_arithmetic_v<X>) {
    return floating_key(static_cast<s>(value));
  } else if constexpr (!by_value<s> && !std::same_as<s, any_sender> && !by_value<X> &&
                       !std::is_null_pointer_v<X>) {
    using object = sender_object<S>;
    using given = sender_object<X>;
    if constexpr (std::is_class_v<object> && std::is_class_v<given>) {
      const volatile object* const part = address_in(value);
      return object_key(part);
    } else {
      return key_of(value);
    }
  } else {
    return key_of(value);
  }
}

/// The lifetime of the sender at [object, object + size), if a sender_scope lies in it; else null.
ALDIS_API any_weak_pointer* scope_of(const void* object, std::size_t size);

}  // namespace detail

/// A sender of any kind, or none: for a signal's first parameter.
///
/// Text is compared as text, numbers as numbers, enumerations with their type, objects and pointers
/// by address, as the type with which they were given: a base that is not the first is a different
/// sender from the whole object. A default-constructed any_sender is empty, and equals only another
/// empty one.
/// Lifetime: refers to what it was made from, and lasts as long as the send.
class any_sender {
 public:
  constexpr any_sender() noexcept = default;

  template <class T>
  requires(!std::same_as<std::remove_cvref_t<T>, any_sender>) any_sender(const T& sender)
      : key_(detail::key_of(sender)),
        value_(static_cast<const void*>(__builtin_addressof(sender))),
        type_(detail::type_name<T>()) {}

  bool empty() const noexcept { return key_.type == detail::key_view::kind::none; }
  explicit operator bool() const noexcept { return !empty(); }

  /// The sender, if it was given as a T; else null.
  template <class T>
  const T* get_if() const noexcept {
    if (!value_ || !(detail::text_view(type_) == detail::text_view(detail::type_name<T>()))) {
      return nullptr;
    }
    return static_cast<const T*>(value_);
  }

  /// The sender's characters as a std::string, std::string_view or alike; empty if it is not text.
  template <class Text>
  Text text() const {
    return key_.type == detail::key_view::kind::text ? Text(key_.text, key_.size) : Text();
  }

  detail::key_view key() const noexcept { return key_; }

 private:
  detail::key_view key_;
  const void* value_ = nullptr;
  const char* type_ = "";
};

}  // namespace aldis
