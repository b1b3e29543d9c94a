#pragma once

// Arguments that outlive their send.

#include <aldis/async/detail/views.hpp>
#include <aldis/detail/call.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/sender.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aldis {

namespace detail {

/// An argument that cannot be kept. A receiver on an executor may still leave it unused.
struct not_kept {};

}  // namespace detail

/// How an argument of type T is kept for receivers that are called after the send: `type` is what
/// is stored, made from the argument; `give` passes it to the receiver. Specialize it for your own
/// views, and for base classes, which are rejected because a copy would be sliced:
///
///     template <>
///     struct aldis::kept_argument<shape> : aldis::kept_by_clone<shape> {};  // shape::clone()
///     template <>
///     struct aldis::kept_argument<event> : aldis::kept_by_value<event> {};  // the base is enough
template <class T>
struct kept_argument {
  using type = T;
  using by_default = void;
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): it is given what is kept
  static const T& give(const T& kept) noexcept { return kept; }
};

/// For kept_argument: a copy, whatever T is.
template <class T>
struct kept_by_value {
  using type = T;
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): it is given what is kept
  static const T& give(const T& kept) noexcept { return kept; }
};

/// For kept_argument: what argument.clone() returns, a smart pointer to a T.
template <class T>
struct kept_by_clone {
  class type {
   public:
    explicit type(const T& original) : copy_(original.clone()) {}
    const T& operator*() const noexcept { return *copy_; }
    const T* operator->() const noexcept { return &*copy_; }

   private:
    std::remove_cvref_t<decltype(std::declval<const T&>().clone())> copy_;
  };
  static const T& give(const type& kept) noexcept { return *kept; }
};

/// Views of text are kept as a copy of the text.
template <class Character, class Traits>
struct kept_argument<std::basic_string_view<Character, Traits>> {
  using type = std::basic_string<Character, Traits>;
  static std::basic_string_view<Character, Traits> give(const type& kept) noexcept { return kept; }
};

/// The same for Boost's string_view and similar types.
template <detail::text_view_like T>
struct kept_argument<T> {
  using type = std::basic_string<std::remove_cvref_t<decltype(std::declval<const T&>().data()[0])>>;
  static T give(const type& kept) { return T(kept.data(), kept.size()); }
};

template <>
struct kept_argument<const char*> {
  struct type : std::optional<std::string> {
    type(const char* text) {
      if (text) emplace(text);
    }
  };
  static const char* give(const type& kept) noexcept { return kept ? kept->c_str() : nullptr; }
};

namespace detail {

enum class keep_result { possible, impossible, sliced };

template <class T>
constexpr keep_result how_kept() {
  using value = std::remove_cvref_t<T>;
  constexpr bool reference = std::is_lvalue_reference_v<T>;
  if constexpr (reference && !std::is_const_v<std::remove_reference_t<T>>) {
    return keep_result::impossible;
  } else if constexpr (std::same_as<value, any_sender>) {
    return keep_result::impossible;
  } else if constexpr (!requires { typename kept_argument<value>::by_default; }) {
    return keep_result::possible;
  } else if constexpr (reference && std::is_polymorphic_v<value> && !std::is_final_v<value>) {
    // A copy of a derived object would be sliced.
    return keep_result::sliced;
  } else if constexpr (std::is_copy_constructible_v<value>) {
    // A view would dangle.
    return holds_view<value>::value ? keep_result::impossible : keep_result::possible;
  } else {
    return keep_result::impossible;
  }
}

template <class T>
constexpr bool can_be_kept() {
  return how_kept<T>() == keep_result::possible;
}

template <class T>
struct kept_as {
  using type = not_kept;
};
template <class T>
requires(can_be_kept<T>()) struct kept_as<T> {
  using type = typename kept_argument<std::remove_cvref_t<T>>::type;
};

template <class T>
typename kept_as<T>::type keep(const std::remove_reference_t<T>& value) {
  if constexpr (can_be_kept<T>()) {
    return typename kept_as<T>::type(value);
  } else {
    return {};
  }
}

/// Constructed in place, so that an argument that cannot be moved is copied only once.
template <class T>
struct kept_value {
  typename kept_as<T>::type value;

  explicit kept_value(const std::remove_reference_t<T>& from) requires(can_be_kept<T>())
      : value(from) {}
  explicit kept_value(const std::remove_reference_t<T>&) requires(!can_be_kept<T>()) : value() {}
};

/// The type that a receiver gets.
template <class T>
using given = decltype(kept_argument<std::remove_cvref_t<T>>::give(
    std::declval<const typename kept_as<T>::type&>()));

class running_call;

/// The arguments of a send and, for an async_send, the collector of the answers.
class kept_call : public owned_arguments {
 public:
  /// A receiver has queued the call and will answer under this number. Called on the sending
  /// thread, before any other function with this number.
  virtual std::size_t expect() { return 0; }
  virtual bool awaited() const noexcept { return false; }
  /// The call starts. False if the answer is no longer needed; then the call must not start.
  virtual bool begin(std::size_t) noexcept { return true; }
  virtual void failed(std::size_t, const std::exception_ptr&) noexcept {}
  /// The call is still running and can be cancelled.
  virtual void still_running(std::size_t, running_call&) noexcept {}
  /// The receiver will not be called.
  virtual void skipped(std::size_t) noexcept {}
};

template <class R>
struct queued_value {
  std::optional<R> value;
};
template <>
struct queued_value<void> {};

template <class R>
class kept_answer : public kept_call {
 public:
  // NOLINTNEXTLINE(performance-unnecessary-value-param): those who take the answer move it
  virtual void answered(std::size_t, queued_value<R>) noexcept {}
};

template <class Signature>
class kept_of;

template <class R, class... Args>
class kept_of<R(Args...)> : public kept_answer<R> {
 public:
  explicit kept_of(const std::remove_reference_t<Args>&... values) : values_(values...) {}

  template <std::size_t I>
  const auto& get() const noexcept {
    return std::get<I>(values_).value;
  }

 private:
  std::tuple<kept_value<Args>...> values_;
};

/// Calls F with the first `Count` kept arguments.
template <class F, class... Args>
class queued_caller {
 public:
  static constexpr std::size_t count = prefix_of<F&, Args...>::count;

 private:
  template <std::size_t I>
  using argument_at = std::tuple_element_t<I, std::tuple<Args...>>;

  template <keep_result How, std::size_t... I>
  static constexpr bool any(std::index_sequence<I...>) {
    return ((how_kept<argument_at<I>>() == How) || ...);
  }

  template <std::size_t... I>
  static constexpr bool shared(std::index_sequence<I...>) {
    return std::is_invocable_v<F&, given<argument_at<I>>...>;
  }

  template <class T>
  static std::remove_cvref_t<T> copy(given<T> value) {
    return std::remove_cvref_t<T>(value);
  }

 public:
  static constexpr bool sliced = any<keep_result::sliced>(std::make_index_sequence<count>());
  static constexpr bool possible =
      !sliced && !any<keep_result::impossible>(std::make_index_sequence<count>());

  template <class R>
  static decltype(auto) call(F& f, const kept_of<R(Args...)>& kept) {
    return [&]<std::size_t... I>(std::index_sequence<I...> indices)->decltype(auto) {
      if constexpr (shared(indices)) {
        return f(
            kept_argument<std::remove_cvref_t<argument_at<I>>>::give(kept.template get<I>())...);
      } else {
        // F takes its arguments as T&&, so they must not be shared.
        return f(copy<argument_at<I>>(
            kept_argument<std::remove_cvref_t<argument_at<I>>>::give(kept.template get<I>()))...);
      }
    }
    (std::make_index_sequence<count>());
  }
};

}  // namespace detail

}  // namespace aldis
