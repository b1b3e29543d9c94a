#pragma once

// Explains why something cannot be a receiver.

#include <aldis/detail/call.hpp>
#include <aldis/fwd.hpp>

#include <type_traits>

namespace aldis::detail {

struct option_base;

template <class T>
concept method_pointer = std::is_member_function_pointer_v<T>;

template <class F, class... Args>
concept callable_receiver = !std::is_member_pointer_v<F> && callable_with<F&, Args...>;

struct has_call_operator {
  void operator()();
};
/// Looks up call operators of any kind: the lookup is ambiguous if F has one too.
template <class F>
struct call_operator_probe : F, has_call_operator {};
template <class F>
concept without_call_operator = std::is_class_v<F> && !std::is_final_v<F> && requires {
  &call_operator_probe<F>::operator();
};

enum class no_receiver { method, data_member, option, connection, object, value, other_parameters };

template <class F>
constexpr no_receiver fault_of_receiver() {
  if constexpr (method_pointer<F>) {
    return no_receiver::method;
  } else if constexpr (std::is_member_pointer_v<F>) {
    return no_receiver::data_member;
  } else if constexpr (std::is_base_of_v<option_base, F>) {
    return no_receiver::option;
  } else if constexpr (std::is_same_v<F, connection> || std::is_same_v<F, scoped_connection>) {
    return no_receiver::connection;
  } else if constexpr (without_call_operator<F> ||
                       (std::is_pointer_v<F> && std::is_class_v<std::remove_pointer_t<F>>)) {
    return no_receiver::object;
  } else if constexpr (std::is_scalar_v<F> && !std::is_function_v<std::remove_pointer_t<F>>) {
    return no_receiver::value;
  } else {
    return no_receiver::other_parameters;
  }
}

/// Fails to compile with the explanation.
template <class F>
constexpr void tell_receiver() {
  constexpr no_receiver fault = fault_of_receiver<F>();
  static_assert(fault != no_receiver::method,
                "aldis: a member function needs its object: connect(&T::on, object)");
  static_assert(fault != no_receiver::data_member,
                "aldis: a data member cannot be called: connect a lambda that reads or sets it");
  static_assert(fault != no_receiver::option,
                "aldis: the receiver is missing before its options: connect(receiver, "
                "aldis::from(x))");
  static_assert(fault != no_receiver::connection,
                "aldis: a connection is no receiver: disconnect and ask it by itself, "
                "c.disconnect(), c.connected()");
  static_assert(fault != no_receiver::object,
                "aldis: this object cannot be called, so its method must be named: connect(&T::on, "
                "object)");
  static_assert(fault != no_receiver::value,
                "aldis: a value is no receiver: give a function, a lambda, or a method and its "
                "object, as in connect(&T::on, object)");
  static_assert(fault != no_receiver::other_parameters,
                "aldis: this receiver cannot be called with the signal's arguments, nor with the "
                "first few of them");
}

}  // namespace aldis::detail
