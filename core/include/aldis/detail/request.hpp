#pragma once

// What a connect asks for, gathered from the receiver and the options, types erased.

#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/detail/call.hpp>
#include <aldis/detail/delivery.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/location.hpp>
#include <aldis/detail/text.hpp>
#include <aldis/receiver.hpp>
#include <aldis/sender.hpp>

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

/// The argument that `address` put there.
template <class T>
T& at(void* receiver_slot) noexcept {
  if constexpr (std::is_function_v<T>) {
    return *reinterpret_cast<T*>(receiver_slot);
  } else {
    return *static_cast<T*>(receiver_slot);
  }
}

/// How a predicate sees an argument: it may look at values, not keep them.
template <class T>
using seen = std::conditional_t<std::is_reference_v<T>, T, const T&>;

template <class Predicate, class... Args>
class filter_of final : public filter {
 public:
  explicit filter_of(Predicate predicate) : predicate_(std::move(predicate)) {}

  bool test(void* const* arguments) override {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ask(at<std::remove_reference_t<seen<Args>>>(arguments[I])...);
    }
    (std::index_sequence_for<Args...>{});
  }

 private:
  bool ask(seen<Args>... values) {
    return static_cast<bool>(call_prefix<seen<Args>...>(predicate_, values...));
  }

  Predicate predicate_;
};

/// One sender to hear, or not to hear. Owns its text.
struct sender_filter {
  key_view key;
  text characters;
  any_weak_pointer* owner = nullptr;  ///< the subscription ends with this
  sender_filter* next = nullptr;

  ALDIS_API sender_filter(key_view of, any_weak_pointer* lives_with);
  sender_filter(const sender_filter&) = delete;
  sender_filter& operator=(const sender_filter&) = delete;
  ALDIS_API ~sender_filter();
};

/// Exceptions: bad_topic, unless it is a pattern of topics.
ALDIS_API void check_pattern(text_view pattern);

/// Topics to hear.
struct topic_filter {
  text pattern;
  topic_filter* next = nullptr;
};

/// Behind the others: options count, and are shown, in the order they were written.
template <class T>
void append(T*& list, T* item) noexcept {
  T** at = &list;
  while (*at) at = &(*at)->next;
  *at = item;
}

/// A receiver on its way to its slot.
struct unplaced_receiver {
  unplaced_receiver() = default;
  unplaced_receiver(const unplaced_receiver&) = delete;
  unplaced_receiver& operator=(const unplaced_receiver&) = delete;
  ~unplaced_receiver() {
    if (type && type->destroy) type->destroy(storage);
  }

  template <class Signature>
  void take(receiver<Signature>& from) noexcept {
    where = from.where();
    type = from.release(storage);
  }

  const receiver_type* type = nullptr;  ///< owns what `storage` holds, unless null
  void* storage[2];
  location where{"", 0};
};

struct ALDIS_API connect_request : unplaced_receiver {
  connect_request() = default;
  ~connect_request();

  receiver_identity identity;
  erased_function conditional_call = nullptr;

  bool tracked = false;  ///< by an option, not because its object is held weakly
  bool apart = false;    ///< a receiver of its own, even if an equal one is connected
  slot_extension* extension = nullptr;
  bool has_priority = false;
  std::int32_t priority = 0;
  std::uint64_t times = 0;  ///< 0: without end
  text id;
  text label;
  filter* filters = nullptr;
  any_weak_pointer* trackers = nullptr;
  sender_filter* from = nullptr;
  sender_filter* not_from = nullptr;
  topic_filter* topics = nullptr;
};

/// Strong pointers to what a receiver tracks, for the time of a call.
class ALDIS_API tracked_objects {
 public:
  tracked_objects() = default;
  tracked_objects(const tracked_objects&) = delete;
  tracked_objects& operator=(const tracked_objects&) = delete;
  ~tracked_objects();

  /// False if one of them is gone.
  bool lock(const any_weak_pointer* trackers);

 private:
  struct held {
    const any_weak_pointer* owner = nullptr;
    held* next = nullptr;
    alignas(std::max_align_t) unsigned char room[any_weak_pointer::room];
  };

  held first_;  ///< more than one is rare
};

/// Asks a conditional receiver's conditions, keeps what it tracks alive during the call, and claims
/// the call if calls are numbered.
class ALDIS_API call_guard {
 public:
  call_guard(receiver_slot& to, const key_view& sender, void* const* arguments);

  bool allowed() const noexcept { return allowed_; }

 private:
  tracked_objects objects_;
  bool allowed_ = false;
};

/// Tells the send that the receiver did not run.
ALDIS_API void reject(receiver_slot& p) noexcept;

/// Where an argument lies, for a filter.
template <class T>
void* address(passed<T>& value) noexcept {
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
    if constexpr (can_be_chosen<first>) {
      return [](passed<first>& sender, auto&...) {
        return key_of(at<std::add_const_t<std::remove_reference_t<first>>>(address<first>(sender)));
      }(values...);
    }
  }
  return {};
}

/// Calls a conditional receiver, or tells the send that it declined.
template <class... Args, class Call>
void call_if_admitted(receiver_slot& p, const Call& call, passed<Args>&... values) {
  void* const arguments[] = {address<Args>(values)..., nullptr};
  const key_view sender = sender_of<Args...>(values...);
  {
    const call_guard admitted(p, sender, arguments);
    if (admitted.allowed()) return call();
  }
  // Last: letting go of tracked objects may have run anything.
  reject(p);
}

template <class R, class... Args>
struct conditional_caller {
  static void call(receiver_slot& p, answer<R>* out, passed<Args>... values) {
    const auto plain = reinterpret_cast<call_type_t<R, Args...>>(p.type->call);
    call_if_admitted<Args...>(
        p, [&] { plain(p, out, values...); }, values...);
  }
};

template <class... Args>
struct conditional_caller<void, Args...> {
  static void call(receiver_slot& p, passed<Args>... values) {
    const auto plain = reinterpret_cast<call_type_t<void, Args...>>(p.type->call);
    call_if_admitted<Args...>(
        p, [&] { plain(p, values...); }, values...);
  }
};

}  // namespace aldis::detail
