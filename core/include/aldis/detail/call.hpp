#pragma once

// How the arguments of a send reach receivers, and receivers with fewer parameters are called.

#include <aldis/detail/engine.hpp>

#include <concepts>
#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// A by-value argument on its way to a receiver: the last receiver moves it, the others copy.
template <class T>
struct argument {
  T* value;
  bool last;

  T take() const { return last ? T(std::move(*value)) : T(std::as_const(*value)); }
};

template <class T>
inline constexpr bool passed_in_registers = std::is_trivially_copyable_v<T> &&
                                            sizeof(T) <= 2 * sizeof(void*);
// References are not asked for their type, which may be incomplete: a signal is often a member of
// its sender.
template <class T>
inline constexpr bool passed_in_registers<T&> = true;

template <class T>
using passed = std::conditional_t<passed_in_registers<T>, T, argument<T>>;

template <class T>
passed<T> pass(T& value, bool last) noexcept {
  if constexpr (std::is_reference_v<T>) {
    return static_cast<T>(value);
  } else if constexpr (passed_in_registers<T>) {
    return value;
  } else {
    return {&value, last};
  }
}

/// The argument as the receiver gets it; a by-value one is its own.
template <class T>
decltype(auto) unwrap(passed<T>& value) {
  if constexpr (std::is_reference_v<T>) {
    return static_cast<T>(value);
  } else if constexpr (passed_in_registers<T>) {
    return static_cast<T&&>(value);
  } else {
    return value.take();
  }
}

/// The argument as a predicate gets it: not copied, not moved.
template <class T>
decltype(auto) peek(passed<T>& value) noexcept {
  if constexpr (std::is_reference_v<T>) {
    return static_cast<T>(value);
  } else if constexpr (passed_in_registers<T>) {
    return std::as_const(value);
  } else {
    return std::as_const(*value.value);
  }
}

template <class... Args>
struct types {};

template <class First, class... Rest>
struct types<First, Rest...> {
  using first = First;
};

/// Whether F can be called with some of the first Args, and with how many at most. Fewer are only
/// tried if more do not fit, because trying instantiates the body of a generic lambda.
template <class F, class Used, class... Args>
struct prefix;

template <class F, class... Used>
struct prefix<F, types<Used...>> {
  static constexpr bool fits = std::is_invocable_v<F, Used...>;
  static constexpr std::size_t count = sizeof...(Used);
};

template <class F, class... Used, class Next, class... Rest>
struct prefix<F, types<Used...>, Next, Rest...> {
  using longer = prefix<F, types<Used..., Next>, Rest...>;
  using best = typename std::conditional_t<longer::fits, std::type_identity<longer>,
                                           std::type_identity<prefix<F, types<Used...>>>>::type;
  static constexpr bool fits = best::fits;
  static constexpr std::size_t count = best::count;
};

template <class F, class... Args>
using prefix_of = prefix<F, types<>, Args...>;

template <class F, class... Args>
concept callable_with = prefix_of<F, Args...>::fits;

template <std::size_t Count, class... Args>
struct first_types;
template <class... Args>
struct first_types<0, Args...> {
  template <class... Before>
  using append = types<Before...>;
};
template <std::size_t Count, class First, class... Rest>
requires(Count > 0) struct first_types<Count, First, Rest...> {
  template <class... Before>
  using append = typename first_types<Count - 1, Rest...>::template append<Before..., First>;
};

/// Calls f with as many of the arguments as it takes.
template <class F, class... Used, class... Passed>
decltype(auto) call_with(F& f, types<Used...>, Passed&... values) {
  return [&]<class... Ignored>(passed<Used>&... used, Ignored&...) -> decltype(auto) {
    return f(unwrap<Used>(used)...);
  }(values...);
}

template <class... Args, class F>
decltype(auto) call_prefix(F& f, passed<Args>&... values) {
  using used = typename first_types<prefix_of<F&, Args...>::count, Args...>::template append<>;
  return call_with(f, used{}, values...);
}

/// Storage for a receiver's answer.
template <class R>
class answer {
 public:
  template <class Make>
  void put(Make&& make) {
    ::new (static_cast<void*>(room_)) R(std::forward<Make>(make)());
  }
  R take() {
    R* const value = std::launder(reinterpret_cast<R*>(room_));
    struct destroyer {
      R* value;
      ~destroyer() { value->~R(); }
    } const destroy{value};
    return std::move(*value);
  }

 private:
  alignas(R) unsigned char room_[sizeof(R)];
};

template <class R>
class answer<R&> {
 public:
  template <class Make>
  void put(Make&& make) {
    value_ = &static_cast<R&>(std::forward<Make>(make)());
  }
  R& take() const noexcept { return *value_; }

 private:
  R* value_ = nullptr;
};

template <>
class answer<void> {};

/// The type of receiver_slot::call. If R is void there is no answer to write, so the call can be a
/// tail call.
template <class R, class... Args>
struct call_type {
  using type = void (*)(receiver_slot&, answer<R>*, passed<Args>...);
};
template <class... Args>
struct call_type<void, Args...> {
  using type = void (*)(receiver_slot&, passed<Args>...);
};
template <class R, class... Args>
using call_type_t = typename call_type<R, Args...>::type;

}  // namespace aldis::detail
