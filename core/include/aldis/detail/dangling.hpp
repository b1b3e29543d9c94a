#pragma once

// Detects answers that would refer to the receiver's result after it was destroyed.

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// Refers to elements that it does not own: string_view, span, a buffer, and types of their shape.
/// It is trivial to copy, and a const one gives the same access.
template <class T>
concept view_like = std::is_class_v<T> && std::is_trivially_destructible_v<T> &&
    std::is_trivially_copy_constructible_v<T> &&(
        requires(T& view, const T& same) {
          { view.data() } -> std::convertible_to<const volatile void*>;
          { same.data() } -> std::same_as<decltype(view.data())>;
          view.size();
        } ||
        requires(T & view, const T& same) {
          { same.begin() } -> std::same_as<decltype(view.begin())>;
          { same.end() } -> std::same_as<decltype(view.end())>;
        });

template <class T>
concept tuple_like = requires {
  std::tuple_size<T>::value;
};

/// Holds one value or none.
template <class T>
concept optional_like = requires(const T& held) {
  typename T::value_type;
  { held.has_value() } -> std::convertible_to<bool>;
  *held;
};

/// Whether an R made from a temporary G would refer to it, as far as types can tell.
template <class R, class G>
constexpr bool dangles();

template <class R, class G, std::size_t... I>
constexpr bool any_element_dangles(std::index_sequence<I...>) {
  return (dangles<std::tuple_element_t<I, R>, std::tuple_element_t<I, G>>() || ...);
}

template <class... Alternatives, template <class...> class Variant, class G>
constexpr bool alternative_dangles(const Variant<Alternatives...>*, const G*) {
  if constexpr ((std::is_same_v<Alternatives, G> || ...)) return false;
  return ((std::is_convertible_v<G, Alternatives> && dangles<Alternatives, G>()) || ...);
}

template <class R, class G>
constexpr bool dangles() {
  using to = std::remove_cv_t<R>;
  using given = std::remove_cv_t<G>;
  if constexpr (std::is_reference_v<given> || std::is_same_v<to, given> || std::is_void_v<given>) {
    return false;
  } else if constexpr (std::is_reference_v<to>) {
    return true;
  } else if constexpr (!std::is_class_v<given>) {
    return false;
  } else if constexpr (std::is_pointer_v<to>) {
    // A destructor that does something usually destroys what the pointer points to.
    return !std::is_trivially_destructible_v<given>;
  } else if constexpr (!std::is_class_v<to>) {
    return false;
  } else if constexpr (view_like<to>) {
    // A small class may refer to text that outlives it, such as its name. One with elements, or
    // with a destructor that does something, owns what it shows.
    return !view_like<given> && (
                                    !std::is_trivially_destructible_v<given> ||
                                    requires(given & it) {
                                      it.data();
                                      it.size();
                                    } ||
                                    requires(given & it) {
                                      it.begin();
                                      it.end();
                                    });
  } else if constexpr (optional_like<to>) {
    using value = typename to::value_type;
    if constexpr (optional_like<given>) {
      return dangles<value, typename given::value_type>();
    } else {
      return dangles<value, given>();
    }
  } else if constexpr (tuple_like<to> && tuple_like<given>) {
    if constexpr (std::tuple_size<to>::value == std::tuple_size<given>::value) {
      return any_element_dangles<to, given>(std::make_index_sequence<std::tuple_size<to>::value>());
    }
    return false;
  } else if constexpr (requires(const to& held) { held.valueless_by_exception(); }) {
    return alternative_dangles(static_cast<const to*>(nullptr), static_cast<const given*>(nullptr));
  } else {
    return false;
  }
}

}  // namespace aldis::detail
