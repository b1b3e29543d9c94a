#pragma once

// Type traits that detect views of memory that an object does not own.

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace aldis::detail {

template <class T>
inline constexpr bool is_initializer_list = false;
template <class T>
inline constexpr bool is_initializer_list<std::initializer_list<T>> = true;

/// A type with data() and size() that does not own the memory: string views, spans, asio's buffers.
/// A type that owns it returns a pointer to const when it is const, or is not trivially copyable.
template <class T>
concept shows_memory = std::is_class_v<T> && std::is_trivially_copyable_v<T> &&
    requires(T& one, const T& same) {
  one.size();
  requires std::is_pointer_v<decltype(one.data())>;
  requires std::is_same_v<decltype(one.data()), decltype(same.data())>;
};

template <class T>
concept owns_nothing = is_initializer_list<T> || shows_memory<T> ||
    (std::ranges::range<T> && (std::ranges::borrowed_range<T> || std::ranges::enable_view<T>));

/// Any view of text that is constructible from a pointer and a size.
template <class T>
concept text_view_like = shows_memory<T> && requires(const T& text) {
  text.substr(0, 1);
  text.data()[0];
  T(text.data(), text.size());
};

/// Whether a type is a view or visibly contains one: optional<string_view>, vector<span<int>>,
/// tuples and variants of them.
template <class T, int Depth = 0>
struct holds_view {
  static constexpr bool of() {
    if constexpr (owns_nothing<T>) {
      return true;
    } else if constexpr (Depth < 4 && std::ranges::range<T>) {
      // A path is a range of paths, so the recursion must stop here.
      using element = std::remove_cvref_t<std::ranges::range_value_t<T>>;
      if constexpr (!std::is_same_v<element, T>) return holds_view<element, Depth + 1>::value;
    }
    return false;
  }
  static constexpr bool value = of();
};
template <class T, int Depth>
struct holds_view<const T, Depth> : holds_view<T, Depth> {};
template <class T, std::size_t N, int Depth>
struct holds_view<std::array<T, N>, Depth> : holds_view<T, Depth> {};
template <class T, int Depth>
struct holds_view<std::optional<T>, Depth> : holds_view<T, Depth> {};
template <class A, class B, int Depth>
struct holds_view<std::pair<A, B>, Depth>
    : std::bool_constant<holds_view<A, Depth>::value || holds_view<B, Depth>::value> {};
template <class... Ts, int Depth>
struct holds_view<std::tuple<Ts...>, Depth>
    : std::bool_constant<(holds_view<Ts, Depth>::value || ...)> {};
template <class... Ts, int Depth>
struct holds_view<std::variant<Ts...>, Depth>
    : std::bool_constant<(holds_view<Ts, Depth>::value || ...)> {};

}  // namespace aldis::detail
