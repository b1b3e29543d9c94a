#pragma once

#include <aldis/detail/request.hpp>
#include <aldis/detail/text.hpp>
#include <aldis/fwd.hpp>
#include <aldis/sender.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace aldis {

namespace detail {

struct option_base {};

/// For receivers on an executor; core does not interpret it.
struct delivery_option : option_base {};

/// An option that makes the receiver itself: it needs to know more about the callable than how to
/// call it, and so determines what connect takes.
template <class Option, class Signature>
concept adapting_option = std::derived_from<Option, delivery_option> && requires {
  typename Option::template receiver_for<Signature>;
};

template <class Signature, class... Options>
struct adapted_receiver {
  using type = receiver<Signature>;
};
template <class Signature, class Other, class... Options>
struct adapted_receiver<Signature, Other, Options...> : adapted_receiver<Signature, Options...> {};
template <class Signature, class Option, class... Options>
requires adapting_option<Option, Signature>
struct adapted_receiver<Signature, Option, Options...> {
  using type = typename Option::template receiver_for<Signature>;
};

/// A sender given to from() or not_from(): values are copied, objects referred to.
template <class X, bool Wanted>
struct sender_option : option_base {
  X value;
  std::size_t extent;  ///< of the object, in which its sender_scope lies; 0: unknown

  sender_option(X given, std::size_t size_of_object)
      : value(static_cast<X&&>(given)), extent(size_of_object) {}
};

template <class Predicate>
struct when_option : option_base {
  Predicate predicate;
};

template <class Pointer>
struct tracking_option : option_base {
  Pointer pointer;
};

struct priority_option : option_base {
  std::int32_t value;
};

struct times_option : option_base {
  std::uint64_t count;
};

struct topic_option : option_base {
  text pattern;
};

struct id_option : option_base {
  text name;
};

struct label_option : option_base {
  text name;
};

template <class X>
using held_sender = std::conditional_t<
    std::is_array_v<std::remove_reference_t<X>> || std::is_function_v<std::remove_reference_t<X>>,
    std::decay_t<X>,
    std::conditional_t<std::is_class_v<std::remove_cvref_t<X>> && std::is_lvalue_reference_v<X> &&
                           !smart_pointer<std::remove_cvref_t<X>> &&
                           !weak_pointer<std::remove_cvref_t<X>>,
                       X, std::remove_cvref_t<X>>>;

/// Whether T is known here by more than its name. A function, since it is to be asked anew at each
/// place: a concept or a trait would remember the first answer, or forbid that it changes.
template <class T, std::size_t = sizeof(T)>
constexpr bool is_complete(int) {
  return true;
}
template <class T>
constexpr bool is_complete(...) {
  return false;
}

/// 0: unknown.
template <class X, bool Complete>
constexpr std::size_t extent_of() {
  if constexpr (Complete && std::is_class_v<sender_object<X>>) return sizeof(sender_object<X>);
  return 0;
}

[[noreturn]] ALDIS_API void throw_bad_times();

}  // namespace detail

/// Anything that may follow the receiver in a connect.
template <class T>
concept connect_option = std::derived_from<std::remove_cvref_t<T>, detail::option_base>;

/// Calls the receiver only if the first argument is `sender`. With several, any of them selects it,
/// and it is called once.
///
/// Lifetime: when a sender given as shared_ptr or weak_ptr, or with a member sender_scope, dies,
/// the subscription ends. For any other object, disconnect before it dies: an object that is later
/// made at the same address would be taken for it. The sender_scope of a class that is only
/// declared here is not found.
template <class X, bool Complete = detail::is_complete<detail::sender_object<X>>(0)>
auto from(X&& sender) {
  using value = detail::held_sender<X&&>;
  return detail::sender_option<value, true>(std::forward<X>(sender),
                                            detail::extent_of<X, Complete>());
}

/// Any sender but this one. With several, none of them.
template <class X, bool Complete = detail::is_complete<detail::sender_object<X>>(0)>
auto not_from(X&& sender) {
  using value = detail::held_sender<X&&>;
  return detail::sender_option<value, false>(std::forward<X>(sender),
                                             detail::extent_of<X, Complete>());
}

/// Calls the receiver only if the first argument is a topic that the pattern matches. A topic is
/// text: tokens separated by dots. In a pattern `*` matches exactly one token, a last `>` one or
/// more: `orders.*.created`, `orders.>`. With several, or with `from`, any of them selects the
/// receiver, and it is called once.
///
/// Any text may be sent: it is cut at its dots, and an empty token is a token, too.
/// Exceptions: connect throws bad_topic if the pattern is malformed.
/// Cost: a send looks up its tokens, whatever the number of other patterns.
template <detail::text_like Text>
detail::topic_option matching(const Text& pattern) {
  return {{}, detail::text(pattern)};
}

/// Calls the receiver only if predicate(arguments) is true; the predicate takes all arguments or
/// the first few.
///
/// Threads: called on the sending thread, and by several threads at once if several send.
/// Exceptions: as if the receiver had thrown them.
template <class Predicate>
detail::when_option<std::decay_t<Predicate>> when(Predicate&& predicate) {
  return {{}, std::forward<Predicate>(predicate)};
}

/// A weak receiver: it is disconnected when the object of this shared_ptr or weak_ptr dies (std's,
/// Boost's, Qt's, or any other that weak_pointer_of knows). The object is kept alive while the
/// receiver runs.
template <class Pointer>
requires(detail::shared_pointer<std::decay_t<Pointer>> ||
         detail::weak_pointer<std::decay_t<Pointer>>) auto tracking(Pointer&& object) {
  // Weak from the start: an option that is kept in a variable keeps nothing alive.
  using weak = detail::weak_of<std::decay_t<Pointer>>;
  static_assert(detail::weak_pointer<weak>,
                "aldis: the weak pointer of this shared pointer is not known; include its header, "
                "for instance <boost/weak_ptr.hpp>");
  return detail::tracking_option<weak>{{}, weak(object)};
}

/// Receivers with higher priority are called first; 0 is the default. Receivers of equal priority
/// are called in the order of connection.
///
/// Cost: connecting in front of receivers of lower priority moves one pointer for each of them.
inline detail::priority_option priority(std::int32_t value) { return {{}, value}; }

/// At most `count` calls, then disconnected. A call is claimed before it is made, so it is exact
/// however many threads send.
///
/// Exceptions: std::invalid_argument if count is 0.
inline detail::times_option times(std::uint64_t count) {
  if (count == 0) detail::throw_bad_times();
  return {{}, count};
}

/// times(1).
inline constexpr detail::times_option once{{}, 1};

/// Connecting again with the same id replaces the receiver: safe against double initialisation.
template <detail::text_like Text>
detail::id_option id(const Text& name) {
  return {{}, detail::text(name)};
}

/// What introspection calls the receiver, instead of its type.
template <detail::text_like Text>
detail::label_option label(const Text& name) {
  return {{}, detail::text(name)};
}

namespace detail::no_async {

/// Where a receiver runs. Documented in <aldis/async/on.hpp>, which it needs; this overload only
/// says so. It is in a separate namespace so that argument-dependent lookup does not find it in
/// place of a user's function.
template <class Executor, class... Options>
delivery_option on(Executor&&, Options&&...) {
  static_assert(!sizeof(std::remove_reference_t<Executor>*),
                "aldis: on(executor) needs #include <aldis/async/on.hpp>, and an executor or an "
                "execution context of Boost.Asio");
  return {};
}

}  // namespace detail::no_async

using namespace detail::no_async;

}  // namespace aldis
