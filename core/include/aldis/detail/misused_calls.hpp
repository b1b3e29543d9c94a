#pragma once

// Overloads of a signal's members, and of a connectable's, that explain a call that does not
// compile. docs/design/compile-time.md.

#include <aldis/connection.hpp>
#include <aldis/detail/call.hpp>
#include <aldis/detail/misuse.hpp>
#include <aldis/replies.hpp>

#include <optional>
#include <type_traits>

namespace aldis::detail {

/// What a misused call returns. Usable as its result, so that one mistake is one error; but of
/// another type, for code that asks whether the call is valid.
template <class Result>
struct none_made : Result {};
template <class Result>
requires std::is_scalar_v<Result>
struct none_made<Result> {
  operator Result() const noexcept { return {}; }
};

/// Any argument converts to it, with a worse conversion than to any parameter of a call that fits.
struct anything {
  template <class T>
  anything(const T&) noexcept {}
};
template <class>
using anything_for = anything;

/// Chosen only if no overload that works is viable: either they require that, or their conversions
/// are worse. No conversion is worse than that to `anything`; where conversions are equal, the
/// overload that works is better, because it is not const (or not volatile).
struct misused_calls {
  template <class Nothing = void>
  none_made<connection> connect() const {
    detail::tell_no_receiver<Nothing>();
    return {};
  }
  template <class First, class Second, class... Rest>
  requires misused_connect<First, Second, Rest...> none_made<connection> connect(First&&, Second&&,
                                                                                 Rest&&...)
  const {
    detail::tell<misuse_of<First, Second>()>();
    return {};
  }
  template <auto Method>
  none_made<connection> connect() const {
    detail::tell_no_method<decltype(Method)>();
    return {};
  }
  template <auto Method, class Object, class... Options>
  requires(!connects_method<decltype(Method), Object, Options...>) none_made<connection> connect(
      Object&&, Options&&...)
  const {
    detail::tell_fixed_method<decltype(Method), Object>();
    return {};
  }

  template <class Nothing = void>
  none_made<scoped_connection> connected_to() const {
    detail::tell_no_receiver<Nothing>();
    return {};
  }
  template <class First, class Second, class... Rest>
  requires misused_connect<First, Second, Rest...> none_made<scoped_connection> connected_to(
      First&&, Second&&, Rest&&...)
  const {
    detail::tell<misuse_of<First, Second>()>();
    return {};
  }
  template <auto Method>
  none_made<scoped_connection> connected_to() const {
    detail::tell_no_method<decltype(Method)>();
    return {};
  }
  template <auto Method, class Object, class... Options>
  requires(!connects_method<decltype(Method), Object, Options...>)
      none_made<scoped_connection> connected_to(Object&&, Options&&...)
  const {
    detail::tell_fixed_method<decltype(Method), Object>();
    return {};
  }

  template <class Nothing = void>
  none_made<disconnect_result> disconnect() const {
    detail::tell_no_receiver<Nothing>();
    return {};
  }
  template <class First, class Second, class... Rest>
  requires misused_disconnect<First, Second, Rest...> none_made<disconnect_result> disconnect(
      First&&, Second&&, Rest&&...)
  const {
    detail::tell_of_disconnect<misuse_of<First, Second>()>();
    return {};
  }
  template <auto Method>
  none_made<disconnect_result> disconnect() const {
    detail::tell_no_method<decltype(Method)>();
    return {};
  }
  template <auto Method, class Object, class... Rest>
  requires misused_disconnect<decltype(Method), Object, Rest...> none_made<disconnect_result>
  disconnect(Object&&, Rest&&...)
  const {
    detail::tell_fixed_method<decltype(Method), Object>();
    return {};
  }

  template <class Nothing = void>
  none_made<bool> is_connected() const {
    detail::tell_no_receiver<Nothing>();
    return {};
  }
  template <class First, class Second, class... Rest>
  requires misused_question<First, Second, Rest...> none_made<bool> is_connected(First&&, Second&&,
                                                                                 Rest&&...)
  const {
    detail::tell_of_question<misuse_of<First, Second>()>();
    return {};
  }
  template <auto Method>
  none_made<bool> is_connected() const {
    detail::tell_no_method<decltype(Method)>();
    return {};
  }
  template <auto Method, class Object, class... Rest>
  requires misused_question<decltype(Method), Object, Rest...> none_made<bool> is_connected(
      Object&&, Rest&&...)
  const {
    detail::tell_fixed_method<decltype(Method), Object>();
    return {};
  }
};

/// The same for a signal, which may be const.
struct misused_const_calls : misused_calls {
  using misused_calls::connect;
  using misused_calls::connected_to;
  using misused_calls::disconnect;

  template <class Nothing = void>
  none_made<connection> connect(anything) const {
    detail::tell_const_signal<Nothing>();
    return {};
  }
  template <class... Options>
  none_made<connection> connect(anything, anything, const Options&...) const {
    detail::tell_const_signal<types<Options...>>();
    return {};
  }
  template <auto Method, class... Options>
  none_made<connection> connect(anything, const Options&...) const {
    detail::tell_const_signal<types<Options...>>();
    return {};
  }

  template <class Nothing = void>
  none_made<scoped_connection> connected_to(anything) const {
    detail::tell_const_signal<Nothing>();
    return {};
  }
  template <class... Options>
  none_made<scoped_connection> connected_to(anything, anything, const Options&...) const {
    detail::tell_const_signal<types<Options...>>();
    return {};
  }
  template <auto Method, class... Options>
  none_made<scoped_connection> connected_to(anything, const Options&...) const {
    detail::tell_const_signal<types<Options...>>();
    return {};
  }

  template <class Nothing = void>
  none_made<disconnect_result> disconnect(anything) const {
    detail::tell_const_signal<Nothing>();
    return {};
  }
  template <class... Options>
  none_made<disconnect_result> disconnect(anything, anything, const Options&...) const {
    detail::tell_const_signal<types<Options...>>();
    return {};
  }
  template <auto Method, class... Options>
  none_made<disconnect_result> disconnect(anything, const Options&...) const {
    detail::tell_const_signal<types<Options...>>();
    return {};
  }
};

/// Adds overload sets as receivers, which need the signal's signature.
template <class Signature, class Calls = misused_calls>
struct misused_overloads : Calls {
  using Calls::connect;
  using Calls::connected_to;
  using Calls::disconnect;
  using Calls::is_connected;

  template <class... Given, class F = overloaded<Signature, Given...>>
  requires was_overloaded<F> none_made<connection> connect(F, Given&&...)
  const {
    detail::tell_overloaded<F>();
    return {};
  }
  template <fixed_overload<Signature> Method, class... Options>
  none_made<connection> connect(anything, const Options&...) const volatile {
    detail::tell_overloaded<overloaded<Signature>>();
    return {};
  }

  template <class... Given, class F = overloaded<Signature, Given...>>
  requires was_overloaded<F> none_made<scoped_connection> connected_to(F, Given&&...)
  const {
    detail::tell_overloaded<F>();
    return {};
  }
  template <fixed_overload<Signature> Method, class... Options>
  none_made<scoped_connection> connected_to(anything, const Options&...) const volatile {
    detail::tell_overloaded<overloaded<Signature>>();
    return {};
  }

  template <class... Given, class F = overloaded<Signature, Given...>>
  requires was_overloaded<F> none_made<disconnect_result> disconnect(F, Given&&...)
  const {
    detail::tell_overloaded<F>();
    return {};
  }
  template <fixed_overload<Signature> Method, class... Options>
  none_made<disconnect_result> disconnect(anything, const Options&...) const volatile {
    detail::tell_overloaded<overloaded<Signature>>();
    return {};
  }

  template <class... Given, class F = overloaded<Signature, Given...>>
  requires was_overloaded<F> none_made<bool> is_connected(F, Given&&...)
  const {
    detail::tell_overloaded<F>();
    return {};
  }
  template <fixed_overload<Signature> Method, class... Options>
  none_made<bool> is_connected(anything, const Options&...) const volatile {
    detail::tell_overloaded<overloaded<Signature>>();
    return {};
  }
};

/// Adds the members that send.
template <class Signature, class Result>
struct misused_signal;
template <class R, class... Args, class Result>
struct misused_signal<R(Args...), Result> : misused_overloads<R(Args...), misused_const_calls> {
  using found = std::optional<std::conditional_t<std::is_void_v<R>, int, reply<R>>>;

  template <class Nothing = void>
  none_made<Result> send(anything_for<Args>...) const volatile {
    detail::tell_sent<Nothing>();
    return {};
  }
  template <class... Given>
  requires(sizeof...(Given) != sizeof...(Args)) none_made<Result> send(const Given&...)
  const volatile {
    detail::tell_count<sizeof...(Args), sizeof...(Given)>();
    return {};
  }

  template <class Nothing = void>
  none_made<outcomes<R>> send_robust(anything_for<Args>...) const volatile {
    detail::tell_sent<Nothing>();
    return {};
  }
  template <class... Given>
  requires(sizeof...(Given) != sizeof...(Args)) none_made<outcomes<R>> send_robust(const Given&...)
  const volatile {
    detail::tell_count<sizeof...(Args), sizeof...(Given)>();
    return {};
  }

  template <class Predicate>
  none_made<found> send_until(Predicate&&, anything_for<Args>...) const volatile {
    detail::tell_sent_until<R, Predicate>();
    return {};
  }
  template <class... Given>
  requires(sizeof...(Given) != sizeof...(Args) + 1) none_made<found> send_until(const Given&...)
  const volatile {
    detail::tell_count_until<R, sizeof...(Args), sizeof...(Given)>();
    return {};
  }
};

}  // namespace aldis::detail
