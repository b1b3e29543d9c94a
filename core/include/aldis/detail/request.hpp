#pragma once

// What a connect asks for: the receiver and its options, with types erased.

#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/detail/call.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/location.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/detail/text.hpp>
#include <aldis/receiver.hpp>
#include <aldis/sender.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace aldis::detail {

/// A predicate over the arguments of a send.
class filter {
 public:
  filter() = default;
  filter(const filter&) = delete;
  filter& operator=(const filter&) = delete;
  virtual ~filter() = default;

  /// `arguments` points to one pointer for each argument.
  virtual bool test(void* const* arguments) = 0;

  filter* next = nullptr;
};

/// The argument whose address_of is `address`.
template <class T>
T& argument_at(void* address) noexcept {
  if constexpr (std::is_function_v<T>) {
    return *reinterpret_cast<T*>(address);
  } else {
    return *static_cast<T*>(address);
  }
}

/// The type of an argument as a predicate gets it: values by const reference.
template <class T>
using seen = std::conditional_t<std::is_reference_v<T>, T, const T&>;

template <class Predicate, class... Args>
class filter_of final : public filter {
 public:
  explicit filter_of(Predicate predicate) : predicate_(std::move(predicate)) {}

  bool test(void* const* arguments) override {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ask(argument_at<std::remove_reference_t<seen<Args>>>(arguments[I])...);
    }
    (std::index_sequence_for<Args...>{});
  }

 private:
  bool ask(seen<Args>... values) {
    return static_cast<bool>(call_prefix<seen<Args>...>(predicate_, values...));
  }

  Predicate predicate_;
};

/// A sender given to from() or not_from().
struct sender_filter {
  key_view key;
  text characters;                       ///< to which `key` refers
  any_weak_pointer* lifetime = nullptr;  ///< the sender's; owned; null: unknown
  sender_filter* next = nullptr;

  ALDIS_API sender_filter(key_view sender, any_weak_pointer* sender_lifetime);
  sender_filter(const sender_filter&) = delete;
  sender_filter& operator=(const sender_filter&) = delete;
  ALDIS_API ~sender_filter();
};

/// Exceptions: bad_topic if the pattern is malformed.
ALDIS_API void check_pattern(text_view pattern);

/// A pattern given to matching().
struct topic_filter {
  text pattern;
  topic_filter* next = nullptr;
};

/// Appends to a linked list: options are evaluated, and shown, in the order they were given.
template <class T>
void append(T*& list, T* item) noexcept {
  T** at = &list;
  while (*at) at = &(*at)->next;
  *at = item;
}

/// A receiver without its type, on its way to its slot. Owns the callable until `type` is taken.
struct erased_receiver {
  erased_receiver() = default;
  erased_receiver(const erased_receiver&) = delete;
  erased_receiver& operator=(const erased_receiver&) = delete;
  ~erased_receiver() {
    if (type && type->destroy) type->destroy(storage);
  }

  template <class Signature>
  void take(receiver<Signature>& from) noexcept {
    where = from.where();
    identity = from.identity();
    type = from.release(storage);
  }

  const receiver_type* type = nullptr;  ///< owns what `storage` holds, unless null
  void* storage[2];
  location where{"", 0};
  receiver_identity identity;
};

struct ALDIS_API connect_request : erased_receiver {
  connect_request() = default;
  ~connect_request();

  erased_function conditional_call = nullptr;

  bool tracked = false;   ///< by tracking(), not only because its object is held weakly
  bool separate = false;  ///< a receiver of its own, even if an equal one is connected
  slot_extension* extension = nullptr;
  bool has_priority = false;
  std::int32_t priority = 0;
  std::uint64_t times = 0;  ///< 0: no limit
  text id;
  text label;
  filter* filters = nullptr;
  any_weak_pointer* trackers = nullptr;
  sender_filter* from = nullptr;
  sender_filter* not_from = nullptr;
  topic_filter* topics = nullptr;
};

/// What a receiver's calls depend on. Read without a lock, so the members that are not atomic stay
/// as they are until the receiver is destroyed.
struct slot_conditions {
  filter* filters = nullptr;
  any_weak_pointer* trackers = nullptr;
  sender_filter* not_from = nullptr;
  bool limited = false;             ///< by times() or once
  atomic<std::uint64_t> remaining;  ///< calls that are left, if `limited`
};

/// Of a receiver that has some, from inside it.
ALDIS_API slot_conditions& conditions_of(const receiver_slot& slot) noexcept;

/// Keeps what a receiver tracks alive during a call.
class ALDIS_API tracked_objects {
 public:
  tracked_objects() noexcept {}  // NOLINT(modernize-use-equals-default): `room` stays as it is
  tracked_objects(const tracked_objects&) = delete;
  tracked_objects& operator=(const tracked_objects&) = delete;
  ~tracked_objects() {
    if (first_.tracker) unlock();
  }

  /// False if one of them is gone.
  bool lock(const any_weak_pointer* trackers) {
    if (!trackers) return true;
    if (!trackers->lock(first_.room)) return false;
    first_.tracker = trackers;
    return !trackers->next || lock_more(trackers->next);
  }

 private:
  struct held {
    const any_weak_pointer* tracker = nullptr;  ///< null: `room` is empty
    held* next = nullptr;
    alignas(std::max_align_t) unsigned char room[any_weak_pointer::room];
  };

  bool lock_more(const any_weak_pointer* trackers);
  void unlock_more() noexcept;
  void unlock() noexcept {
    first_.tracker->unlock(first_.room);
    if (first_.next) unlock_more();
  }

  held first_;  ///< inline, since more than one is rare
};

/// Whether a not_from() of the receiver excludes the sender.
ALDIS_API bool excludes(const slot_conditions& conditions, const key_view& sender) noexcept;

/// Claims one of the calls that are left to a limited receiver, and disconnects it with the last.
ALDIS_API bool claim_call(receiver_slot& slot, slot_conditions& conditions) noexcept;

/// Tells the send that the receiver did not run.
ALDIS_API void reject(receiver_slot& slot) noexcept;

/// The address of an argument, for a filter.
template <class T>
void* address_of(passed<T>& value) noexcept {
  if constexpr (std::is_function_v<std::remove_reference_t<T>>) {
    return reinterpret_cast<void*>(&value);
  } else if constexpr (passed_in_registers<T>) {
    return const_cast<void*>(static_cast<const volatile void*>(__builtin_addressof(value)));
  } else {
    return value.value;
  }
}

template <class... Args>
key_view sender_of(passed<Args>&... values) {
  if constexpr (sizeof...(Args) > 0) {
    using first = typename types<Args...>::first;
    if constexpr (is_selectable<first>) {
      return [](passed<first>& sender, auto&...) {
        return key_of(argument_at<std::add_const_t<std::remove_reference_t<first>>>(
            address_of<first>(sender)));
      }(values...);
    }
  }
  return {};
}

/// Checks all conditions but the tracked objects, and claims the call if their number is limited.
template <class... Args>
[[gnu::always_inline]] inline bool is_allowed(receiver_slot& slot, slot_conditions& conditions,
                                              passed<Args>&... values) {
  if (conditions.not_from && excludes(conditions, sender_of<Args...>(values...))) return false;
  void* const arguments[] = {address_of<Args>(values)..., nullptr};
  for (filter* each = conditions.filters; each; each = each->next) {
    if (!each->test(arguments)) return false;
  }
  return !conditions.limited || claim_call(slot, conditions);
}

/// As call_if_allowed. A function of its own, because room for strong pointers is needed seldom.
template <class... Args, class Call>
[[gnu::noinline]] void call_if_tracked(receiver_slot& slot, slot_conditions& conditions,
                                       const Call& call, passed<Args>&... values) {
  {
    // Destroyed before `reject`: releasing tracked objects may run destructors, which may send.
    tracked_objects objects;
    if (!objects.lock(conditions.trackers)) {
      disconnect_expired(slot);
    } else if (is_allowed<Args...>(slot, conditions, values...)) {
      return call();
    }
  }
  reject(slot);
}

/// Calls a receiver if its conditions allow it, else tells the send that it did not run.
template <class... Args, class Call>
[[gnu::always_inline]] inline void call_if_allowed(receiver_slot& slot, const Call& call,
                                                   passed<Args>&... values) {
  slot_conditions& conditions = conditions_of(slot);
  if (conditions.trackers) return call_if_tracked<Args...>(slot, conditions, call, values...);
  if (is_allowed<Args...>(slot, conditions, values...)) return call();
  reject(slot);
}

template <class R, class... Args>
struct conditional_caller {
  static void call(receiver_slot& slot, answer<R>* out, passed<Args>... values) {
    const auto plain = reinterpret_cast<call_type_t<R, Args...>>(slot.type->call);
    call_if_allowed<Args...>(
        slot, [&] { plain(slot, out, values...); }, values...);
  }
};

template <class... Args>
struct conditional_caller<void, Args...> {
  static void call(receiver_slot& slot, passed<Args>... values) {
    const auto plain = reinterpret_cast<call_type_t<void, Args...>>(slot.type->call);
    call_if_allowed<Args...>(
        slot, [&] { plain(slot, values...); }, values...);
  }
};

}  // namespace aldis::detail
