#pragma once

// What is wrong with a connect that fits no other overload, in a sentence that is the first line of
// the compiler's message. docs/design/compile-time.md.

#include <aldis/connection.hpp>
#include <aldis/detail/weak_owner.hpp>
#include <aldis/options.hpp>
#include <aldis/receiver.hpp>
#include <aldis/sender.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// What a misused connect returns: usable, so that one mistake is one error, and no connection to
/// who asks for its type.
template <class Connection>
struct none_made : Connection {};

/// The method's object and what follows it are as connect takes them.
template <class Method, class Object, class... Options>
concept connects_method = method_pointer<Method> &&
    std::convertible_to<Object, bound_object<object_of<Method>>> &&(connect_option<Options>&&...);

template <class First, class Second, class... Rest>
concept misused_connect = !(connect_option<Second> && (connect_option<Rest> && ...)) &&
                          !connects_method<std::decay_t<First>, Second, Rest...>;

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

/// What an object is given as: T, a pointer to T, or a smart pointer to T.
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

/// Stands for functions or methods of one name that were given without saying which. No type can be
/// deduced from them, so that this one is chosen by default; it takes the one that fits best.
template <class R, class... Args>
struct overloaded_function {
  overloaded_function(R (*one)(Args...));
};
template <class T, class R, class... Args>
struct overloaded_method {
  overloaded_method(R (T::*one)(Args...));
};
template <class T, class R, class... Args>
struct overloaded_method<const T, R, Args...> {
  overloaded_method(R (T::*one)(Args...) const);
};

/// Those that fit a signature, for who does not know its parameters.
template <class Signature>
struct overloads;
template <class R, class... Args>
struct overloads<R(Args...)> {
  using function = overloaded_function<R, Args...>;
  template <class Object>
  using method = overloaded_method<given_object<Object>, R, Args...>;
};

template <class M>
inline constexpr bool was_overloaded = false;
template <class R, class... Args>
inline constexpr bool was_overloaded<overloaded_function<R, Args...>> = true;
template <class T, class R, class... Args>
inline constexpr bool was_overloaded<overloaded_method<T, R, Args...>> = true;

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

/// Of connect<Method>(object).
template <class Method, class Object>
constexpr void tell_fixed_method() {
  if constexpr (method_pointer<Method>) {
    tell<misuse_of<Method, Object>()>();
  } else {
    tell_no_method<Method>();
  }
}

/// False, but only once it is known of what.
template <class>
inline constexpr bool never = false;

}  // namespace aldis::detail
