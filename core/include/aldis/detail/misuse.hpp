#pragma once

// Explains a connect that fits no other overload, in a sentence that is the first line of the
// compiler's message. docs/design/compile-time.md.

#include <aldis/connection.hpp>
#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/options.hpp>
#include <aldis/receiver.hpp>
#include <aldis/sender.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>

namespace aldis::detail {

/// Whether connect takes this method, object and options.
template <class Method, class Object, class... Options>
concept connects_method = method_pointer<Method> &&
    std::convertible_to<Object, bound_object<object_of<Method>>> &&(connect_option<Options>&&...);

template <class First, class Second, class... Rest>
concept misused_connect = !(connect_option<Second> && (connect_option<Rest> && ...)) &&
                          !connects_method<std::decay_t<First>, Second, Rest...>;

/// What may follow the receiver in a disconnect.
template <class Option>
inline constexpr bool names_subscription = false;
template <class X>
inline constexpr bool names_subscription<sender_option<X, true>> = true;
template <>
inline constexpr bool names_subscription<topic_option> = true;
template <class Option>
concept subscription_option = names_subscription<std::remove_cvref_t<Option>>;

template <class First, class Second, class... Rest>
concept misused_disconnect = !(subscription_option<Second> && sizeof...(Rest) == 0) &&
                             !(connects_method<std::decay_t<First>, Second> &&
                               sizeof...(Rest) <= 1 && (subscription_option<Rest> && ...));

template <class First, class Second, class... Rest>
concept misused_question = !(connects_method<std::decay_t<First>, Second> && sizeof...(Rest) == 0);

/// False, but dependent on a template parameter, so that a static_assert fails only when
/// instantiated.
template <class>
inline constexpr bool never = false;

enum class misuse {
  data_member,
  options_first,
  group_first,
  object_first,
  no_option,
  temporary_object,
  owning_pointer,
  const_object,
  volatile_object,
  hidden_base,
  declared_object,
  other_object,
};

/// The class of an object that is passed as a T, a pointer to T, or a smart pointer to T.
template <class Object>
using object_in = std::remove_reference_t<typename pointee<std::remove_cvref_t<Object>>::type>;
template <class Object>
using given_object = std::conditional_t<std::is_pointer_v<std::remove_cvref_t<Object>> ||
                                            smart_pointer<std::remove_cvref_t<Object>>,
                                        object_in<Object>, std::remove_reference_t<Object>>;

template <class Method, class Object>
constexpr misuse misuse_of_object() {
  using type = std::remove_cvref_t<Object>;
  using wanted = object_of<Method>;
  using given = given_object<Object>;
  if constexpr (std::convertible_to<Object, bound_object<wanted>>) {
    return misuse::no_option;
  } else if constexpr (!std::is_class_v<given> && !std::is_union_v<given>) {
    return misuse::other_object;
  } else if constexpr (!is_complete<given>(0)) {
    return misuse::declared_object;
  } else if constexpr (!std::is_same_v<std::remove_cv_t<given>, std::remove_cv_t<wanted>> &&
                       !std::is_base_of_v<std::remove_cv_t<wanted>, given>) {
    return misuse::other_object;
  } else if constexpr (!std::is_convertible_v<const volatile given*, const volatile wanted*>) {
    return misuse::hidden_base;
  } else if constexpr (std::is_const_v<given> && !std::is_const_v<wanted>) {
    return misuse::const_object;
  } else if constexpr (std::is_volatile_v<given> && !std::is_volatile_v<wanted>) {
    return misuse::volatile_object;
  } else if constexpr (smart_pointer<type>) {
    return misuse::owning_pointer;
  } else {
    return misuse::temporary_object;
  }
}

template <class First, class Second>
constexpr misuse misuse_of() {
  using first = std::decay_t<First>;
  using second = std::decay_t<Second>;
  if constexpr (connect_option<First>) {
    return misuse::options_first;
  } else if constexpr (std::is_member_object_pointer_v<first>) {
    return misuse::data_member;
  } else if constexpr (method_pointer<first> && !connect_option<Second>) {
    return misuse_of_object<first, Second>();
  } else if constexpr (std::is_member_pointer_v<second>) {
    return misuse::object_first;
  } else if constexpr (std::is_arithmetic_v<first> || std::is_enum_v<first>) {
    return misuse::group_first;
  } else {
    return misuse::no_option;
  }
}

template <misuse What>
constexpr void tell() {
  static_assert(What != misuse::data_member,
                "aldis: a data member cannot be called: connect a lambda that reads or sets it");
  static_assert(What != misuse::options_first,
                "aldis: the receiver comes first and its options follow: connect(receiver, "
                "aldis::from(x))");
  static_assert(What != misuse::group_first,
                "aldis: the receiver comes first, and groups are priorities: connect(receiver, "
                "aldis::priority(n))");
  static_assert(What != misuse::object_first,
                "aldis: the method comes first, then its object: connect(&T::on, object)");
  static_assert(
      What != misuse::no_option,
      "aldis: what follows the receiver, or the method and its object, must be options, such "
      "as aldis::from(x), aldis::once or aldis::priority(n)");
  static_assert(
      What != misuse::temporary_object,
      "aldis: this object is a temporary, gone before anything is sent: connect an object "
      "that lives on, or a shared_ptr to it");
  static_assert(What != misuse::owning_pointer,
                "aldis: this pointer cannot tell when its object dies: connect the object itself, "
                "*pointer, and disconnect before it dies, or use a shared_ptr");
  static_assert(What != misuse::const_object,
                "aldis: this object is const and its method is not: connect a const method, or an "
                "object that is not const");
  static_assert(What != misuse::volatile_object,
                "aldis: this object is volatile and its method is not: connect a volatile method, "
                "or an object that is not volatile");
  static_assert(
      What != misuse::hidden_base,
      "aldis: the method's class is a private or ambiguous base of this object: connect a "
      "lambda, or give the object as that base");
  static_assert(What != misuse::declared_object,
                "aldis: the class of this object is only declared here: include its definition");
  static_assert(What != misuse::other_object,
                "aldis: connect(&T::on, object): the object is not of the method's class");
}

struct no_class {};

/// The type of a parameter for an overload set of functions, or of methods of the object that
/// follows. No type can be deduced from an overload set, so this one is taken by default; it
/// converts from the overload that fits best.
template <class Signature, class... Given>
struct overloaded;
template <class R, class... Args>
struct overloaded<R(Args...)> {
  overloaded(R (*one)(Args...));
};
template <class R, class... Args, class Object, class... Options>
struct overloaded<R(Args...), Object, Options...> : overloaded<R(Args...)> {
  using given = std::remove_cv_t<given_object<Object>>;
  using type = std::conditional_t<std::is_class_v<given>, given, no_class>;

  using overloaded<R(Args...)>::overloaded;
  overloaded(R (type::*one)(Args...));
  template <class T>
  overloaded(R (T::*one)(Args...) const);
};

/// The same for a template argument: converts from the method that fits.
template <class Signature>
struct fixed_overload;
template <class R, class... Args>
struct fixed_overload<R(Args...)> {
  template <class T>
  constexpr fixed_overload(R (T::*)(Args...)) noexcept {}
  template <class T>
  constexpr fixed_overload(R (T::*)(Args...) const) noexcept {}
};

template <class F>
inline constexpr bool was_overloaded = false;
template <class Signature, class... Given>
inline constexpr bool was_overloaded<overloaded<Signature, Given...>> = true;

template <class M>
constexpr void tell_overloaded() {
  static_assert(!was_overloaded<M>,
                "aldis: several functions have this name: connect a lambda that calls the one you "
                "mean, or choose it with static_cast");
}

template <class Method>
constexpr void tell_no_method() {
  static_assert(method_pointer<Method>,
                "aldis: connect<&T::on>(object) is for member functions: write connect(f)");
  static_assert(!method_pointer<Method>,
                "aldis: a member function needs its object: connect<&T::on>(object)");
}

/// For connect<Method>(object).
template <class Method, class Object>
constexpr void tell_fixed_method() {
  if constexpr (method_pointer<Method>) {
    tell<misuse_of<Method, Object>()>();
  } else {
    tell_no_method<Method>();
  }
}

/// For disconnect and is_connected.
template <misuse What>
constexpr void tell_of_disconnect() {
  static_assert(What != misuse::no_option,
                "aldis: what follows the receiver, or the method and its object, in disconnect() "
                "says which subscription: aldis::from(x) or aldis::matching(pattern)");
  if constexpr (What != misuse::no_option) tell<What>();
}
template <misuse What>
constexpr void tell_of_question() {
  static_assert(What != misuse::no_option,
                "aldis: is_connected() takes a receiver alone, or a method and its object");
  if constexpr (What != misuse::no_option) tell<What>();
}

template <class Nothing>
constexpr void tell_no_receiver() {
  static_assert(never<Nothing>,
                "aldis: the receiver is missing: give a function, a lambda, or a method and its "
                "object, as in connect(&T::on, object)");
}

template <class Given>
constexpr void tell_const_signal() {
  static_assert(never<Given>,
                "aldis: this signal is const here: connect and disconnect need one that is not, or "
                "an aldis::connectable, which may be const");
}

/// For send and its siblings, called with the right number of arguments.
template <class Nothing>
constexpr void tell_sent() {
  static_assert(never<Nothing>,
                "aldis: an argument does not convert to the signal's parameter: send what the "
                "signal's signature says, in its order");
}

template <std::size_t Wanted, std::size_t Given>
constexpr void tell_count() {
  static_assert(Given >= Wanted,
                "aldis: arguments are missing: send as many as the signal has parameters");
  static_assert(Given <= Wanted,
                "aldis: too many arguments: send as many as the signal has parameters");
}

template <class R>
constexpr bool tell_until() {
  static_assert(!std::is_void_v<R>,
                "aldis: send_until() needs answers, and this signal's R is void: use send()");
  return !std::is_void_v<R>;
}

template <class R, class Predicate>
constexpr void tell_sent_until() {
  if constexpr (detail::tell_until<R>()) {
    constexpr bool asks = std::predicate<Predicate, std::add_lvalue_reference_t<const R>>;
    static_assert(asks,
                  "aldis: send_until(predicate, arguments...): the predicate takes an answer, and "
                  "its result converts to bool");
    if constexpr (asks) detail::tell_sent<R>();
  }
}

template <class R, std::size_t Wanted, std::size_t Given>
constexpr void tell_count_until() {
  if constexpr (detail::tell_until<R>()) {
    static_assert(Given != 0,
                  "aldis: the predicate is missing: send_until(predicate, "
                  "arguments...)");
    if constexpr (Given != 0) detail::tell_count<Wanted, Given - 1>();
  }
}

}  // namespace aldis::detail
