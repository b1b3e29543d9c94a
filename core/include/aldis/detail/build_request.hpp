#pragma once

// From a receiver and its options to a connect_request.

#include <aldis/detail/call.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/options.hpp>
#include <aldis/sender.hpp>

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// The sender's lifetime, or null if it is unknown.
template <class X>
any_weak_pointer* lifetime_of(const X& sender, std::size_t extent) {
  if constexpr (shared_pointer<X> || weak_pointer<X>) {
    return make_any_weak_pointer(sender);
  } else if constexpr (std::is_class_v<sender_object<X>> && !by_value<X>) {
    const volatile void* const object = address_in(sender);
    return object && extent != 0 ? scope_of(const_cast<const void*>(object), extent) : nullptr;
  } else {
    return nullptr;
  }
}

template <class S, class X>
sender_filter* make_sender_filter(const X& sender, std::size_t extent) {
  if constexpr (weak_pointer<X>) {
    const auto locked = sender.lock();
    return new sender_filter(key_as<S>(locked), lifetime_of(sender, extent));
  } else {
    return new sender_filter(key_as<S>(sender), lifetime_of(sender, extent));
  }
}

template <class X>
struct strong_of {
  using type = X;
};
template <weak_pointer X>
struct strong_of<X> {
  using type = std::remove_cvref_t<decltype(std::declval<const X&>().lock())>;
};

template <class... Args, class X, bool Wanted>
void apply(connect_request& request, const sender_option<X, Wanted>& option) {
  static_assert(sizeof...(Args) > 0,
                "aldis: from() and not_from() need a signal whose first parameter is the sender");
  if constexpr (sizeof...(Args) > 0) {
    using sender = typename types<Args...>::first;
    using given = std::remove_cvref_t<X>;
    static_assert(
        is_selectable<sender>,
        "aldis: a sender passed by value has no identity; specialise aldis::sender_key or "
        "pass it by reference");
    using known = typename strong_of<given>::type;
    static_assert(!base_of_sender<sender, known>(),
                  "aldis: from(x): x is only a base of this signal's sender; give the sender "
                  "itself, or x as the type of the signal's first parameter");
    static_assert(base_of_sender<sender, known>() || comparable_senders<sender, known>(),
                  "aldis: from(x): x is not a sender of this signal; its first parameter has "
                  "another type");
    static_assert(std::is_lvalue_reference_v<X> || !std::is_class_v<given> || by_value<given> ||
                      smart_pointer<given> || weak_pointer<given> ||
                      std::same_as<given, any_sender>,
                  "aldis: from(x): x is a temporary, which no send can name");
    if constexpr (is_selectable<sender> && comparable_senders<sender, known>()) {
      append(Wanted ? request.from : request.not_from,
             make_sender_filter<sender>(option.value, option.extent));
    }
  }
}

/// Whether a sender of type S is text, or may be.
template <class S>
constexpr bool can_be_topic() {
  using s = std::remove_cvref_t<S>;
  if constexpr (std::same_as<s, any_sender>) {
    return true;
  } else if constexpr (keyed<s>) {
    return can_be_topic<decltype(sender_key<s>::get(std::declval<const s&>()))>();
  } else {
    return text_sender<s>;
  }
}

template <class... Args>
constexpr bool has_topics(types<Args...>) {
  if constexpr (sizeof...(Args) > 0) return can_be_topic<typename types<Args...>::first>();
  return false;
}

template <class... Args>
void apply(connect_request& request, topic_option& option) {
  static_assert(has_topics(types<Args...>()),
                "aldis: matching() needs a signal whose first parameter is text, the topic");
  check_pattern(option.pattern.view());
  append(request.topics, new topic_filter{std::move(option.pattern), nullptr});
}

template <class... Args, class Predicate>
void apply(connect_request& request, when_option<Predicate>& option) {
  static_assert(
      callable_with<Predicate&, seen<Args>...>,
      "aldis: when(predicate): the predicate cannot be called with the signal's arguments");
  if constexpr (callable_with<Predicate&, seen<Args>...>) {
    append<filter>(request.filters, new filter_of<Predicate, Args...>(std::move(option.predicate)));
  }
}

template <class... Args, class Pointer>
void apply(connect_request& request, const tracking_option<Pointer>& option) {
  append(request.trackers, make_any_weak_pointer(option.pointer));
  request.tracked = true;
}

template <class... Args>
void apply(connect_request& request, const priority_option& option) {
  request.has_priority = true;
  request.priority = option.value;
}

template <class... Args>
void apply(connect_request& request, const times_option& option) {
  request.times = option.count;
}

template <class... Args>
void apply(connect_request& request, id_option& option) {
  request.id = std::move(option.name);
}

template <class... Args>
void apply(connect_request& request, label_option& option) {
  request.label = std::move(option.name);
}

/// Copies an option that is an lvalue, so that it can be used again.
template <class... Args, class Option>
void apply_copy(connect_request& request, const Option& option) {
  if constexpr (std::same_as<Option, id_option> || std::same_as<Option, label_option>) {
    Option copy{{}, text(option.name.view())};
    detail::apply<Args...>(request, copy);
  } else if constexpr (std::same_as<Option, topic_option>) {
    Option copy{{}, text(option.pattern.view())};
    detail::apply<Args...>(request, copy);
  } else {
    Option copy = option;
    detail::apply<Args...>(request, copy);
  }
}

template <class R, class... Args, class Option>
void add_option(connect_request& request, Option&& option) {
  if constexpr (std::derived_from<std::remove_cvref_t<Option>, delivery_option>) {
    // Read by the option that adapts the receiver.
  } else if constexpr (std::is_lvalue_reference_v<Option>) {
    apply_copy<Args...>(request, option);
  } else {
    detail::apply<Args...>(request, option);
  }
}

template <class R, class... Args, class... Options>
void fill(connect_request& request, receiver<R(Args...)>& receiver, Options&&... options) {
  (add_option<R, Args...>(request, std::forward<Options>(options)), ...);
  request.conditional_call =
      reinterpret_cast<erased_function>(&conditional_caller<R, Args...>::call);
  request.take(receiver);
}

/// The same if one of the options adapts the receiver.
template <class R, class... Args, class Adapted, class... Options>
void fill_adapted(connect_request& request, Adapted& adapted, Options&&... options) {
  receiver<R(Args...)> made = adapted.adapt(request, options...);
  request.separate = true;
  detail::fill(request, made, std::forward<Options>(options)...);
  // The send must not claim the call: it comes later, and needs the receiver.
  if (request.times != 0) request.extension->limit(std::exchange(request.times, 0));
}

}  // namespace aldis::detail
