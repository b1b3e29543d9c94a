#pragma once

#include <aldis/connection.hpp>
#include <aldis/detail/build_request.hpp>
#include <aldis/detail/call.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/fast_send.hpp>
#include <aldis/detail/misused_calls.hpp>
#include <aldis/detail/send_loop.hpp>
#include <aldis/detail/signal_base.hpp>
#include <aldis/options.hpp>
#include <aldis/receiver.hpp>
#include <aldis/replies.hpp>
#include <aldis/sender.hpp>

#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace aldis {

template <class Signature, class... More>
class signal {
  static_assert(sizeof...(More) == 0,
                "aldis: signal<S>: S is a signature: signal<void(int, float)> instead of "
                "signal<int, float>");
  static_assert(sizeof...(More) != 0,
                "aldis: signal<S>: S is a signature, such as void(int), without noexcept");
};

/// Something that happens, and the receivers to call when it does. The first argument is the
/// sender.
///
///     aldis::signal<void(int)> ready;
///     ready.connect([](int n) { std::puts(n > 40 ? "yes" : "no"); });
///     ready.send(42);
///
/// Threads: every member may be called from any thread and from a receiver, except moving and
/// destroying. The destructor waits, as disconnect does, for receivers that other threads are
/// inside of.
/// Order: receivers are called by priority, then in the order they connected, whatever they select.
/// A receiver connected during a send waits for the next one; a receiver disconnected before its
/// turn is not called; a send inside a send is complete before the outer one continues.
/// Exceptions: the first receiver that throws ends the send; the signal stays usable.
/// Lifetime: 8 bytes; nothing is allocated before the first connect. A signal destroyed in its own
/// send ends that send after the running receiver. Connections may outlive it.
/// Cost: if R is void, a send takes no lock, allocates nothing and executes no atomic
/// read-modify-write, whatever its receivers select. A send with answers costs two
/// read-modify-writes, and an allocation if there are many; a call of a weak receiver costs two,
/// one of `times` one, a counted one two; a receiver on an executor costs its queue's mutex, and
/// each send an allocation for them. By-value parameters that are large or not trivially copyable
/// are copied for each receiver but the last. A thread's first send of a signal takes a lock; after
/// a disconnect, and on processors other than x86-64, each receiver may cost a locked instruction.
/// docs/guide/what-a-send-costs.md has the table. The destructor allocates no more than the
/// disconnects of its receivers: nothing, once the thread has sent or disconnected.
template <class R, class... Args>
class signal<R(Args...)>
    : public signal_base,
      detail::misused_signal<R(Args...),
                             std::conditional_t<std::is_void_v<R>, std::size_t, replies<R>>> {
  using misused =
      detail::misused_signal<R(Args...),
                             std::conditional_t<std::is_void_v<R>, std::size_t, replies<R>>>;
  static_assert((!std::is_rvalue_reference_v<Args> && ...),
                "aldis: a parameter T&& could be given to one receiver only; use T or const T&");
  static_assert(
      ((std::is_reference_v<Args> || std::is_copy_constructible_v<Args>)&&...),
      "aldis: a move-only parameter could be given to one receiver only; use T& or const T&");

 public:
  using receiver_type = receiver<R(Args...)>;
  /// The type that connect takes with these options: a receiver on an executor has another type.
  template <class... Options>
  using receiver_with =
      typename detail::adapted_receiver<R(Args...), std::remove_cvref_t<Options>...>::type;
  /// If R is void, how many receivers ran, else their answers.
  using result_type = std::conditional_t<std::is_void_v<R>, std::size_t, replies<R>>;

  // Overloads that explain a call that does not compile.
  using misused::connect;
  using misused::connected_to;
  using misused::disconnect;
  using misused::is_connected;
  using misused::send;
  using misused::send_robust;
  using misused::send_until;

  constexpr signal() noexcept = default;
  /// Connections move with the signal.
  signal(signal&&) noexcept = default;
  signal& operator=(signal&&) noexcept = default;

  /// Calls `receiver` in every send from now on, subject to the options.
  ///
  /// Receivers that can be compared (function pointers, object and method) are one receiver however
  /// often they connect: another `from` adds a subscription, the same one again changes nothing.
  /// With `when`, `not_from`, `tracking`, `once` or `times` each connect makes a separate receiver.
  ///
  /// `receiver` may be another signal, which is then sent whatever this one is sent; its answers
  /// are dropped. It compares, and the connection ends when either signal dies, wherever they move.
  /// In a circle of signals a send goes round once.
  ///
  /// Exceptions: std::bad_alloc, and whatever a receiver of receiver_connected() throws; it is not
  /// connected then. std::invalid_argument for an empty receiver, for the signal itself, or if the
  /// receiver is connected with another priority.
  template <connect_option... Options>
  connection connect(receiver_with<Options...> receiver, Options&&... options) {
    return join(receiver, nullptr, std::forward<Options>(options)...).connection;
  }

  /// object->method(arguments...). An object given as shared_ptr or weak_ptr is held weakly.
  template <detail::method_pointer Method, connect_option... Options>
  connection connect(Method method, detail::bound_object<detail::object_of<Method>> object,
                     Options&&... options) {
    return join_method(bound(method, object), object, std::forward<Options>(options)...);
  }

  /// The same with the method known at compile time: connect<&T::on>(object).
  template <auto Method, connect_option... Options>
  requires detail::method_pointer<decltype(Method)> connection
  connect(detail::bound_object<detail::object_of<decltype(Method)>> object, Options&&... options) {
    return join_method(detail::fixed_method<Method>{object.required()}, object,
                       std::forward<Options>(options)...);
  }

  /// Connects until the result dies, which removes exactly what this call added.
  template <connect_option... Options>
  [[nodiscard]] scoped_connection connected_to(receiver_with<Options...> receiver,
                                               Options&&... options) {
    return join(receiver, nullptr, std::forward<Options>(options)...).scoped();
  }

  template <detail::method_pointer Method, connect_option... Options>
  [[nodiscard]] scoped_connection connected_to(
      Method method, detail::bound_object<detail::object_of<Method>> object, Options&&... options) {
    receiver_with<Options...> receiver(bound(method, object), object.where());
    return join(receiver, object.release_owner(), std::forward<Options>(options)...).scoped();
  }

  template <auto Method, connect_option... Options>
  requires detail::method_pointer<decltype(Method)>
  [[nodiscard]] scoped_connection connected_to(
      detail::bound_object<detail::object_of<decltype(Method)>> object, Options&&... options) {
    receiver_with<Options...> receiver(detail::fixed_method<Method>{object.required()},
                                       object.where());
    return join(receiver, object.release_owner(), std::forward<Options>(options)...).scoped();
  }

  /// Calls the receivers that were connected when the send began.
  result_type send(Args... args) const {
    if constexpr (!std::is_void_v<R>) {
      return answers_to(args...);
    } else if constexpr (loop::every_argument_in_registers) {
      detail::signal_state* const state = state_.load_acquire();
      if (!state) [[unlikely]]
        return 0;
      return detail::fast_send<Args...>::send(state, args...);
    } else {
      return loop::call_all(state_.load_acquire(), args...);
    }
  }

  /// Sends to receivers on executors as well, and completes when all have answered. Documented in
  /// <aldis/async/async_send.hpp>, which it needs.
  template <class... Given>
  auto async_send(Given&&... given) const {
    if constexpr (requires { start_async_send(*this, std::forward<Given>(given)...); }) {
      return start_async_send(*this, std::forward<Given>(given)...);
    } else {
      static_assert(detail::never<R>,
                    "aldis: async_send() needs #include <aldis/async/async_send.hpp>");
    }
  }

  /// Completes with the next event. Needs <aldis/async/stream.hpp>, as does the next member.
  template <class... Given>
  auto next(Given&&... given) {
    if constexpr (requires { start_next(*this, std::forward<Given>(given)...); }) {
      return start_next(*this, std::forward<Given>(given)...);
    } else {
      static_assert(detail::never<R>, "aldis: next() needs #include <aldis/async/stream.hpp>");
    }
  }

  /// All events from now on, to be awaited one by one.
  template <class... Overflow>
  auto stream(std::size_t capacity = 64, Overflow... when_full) {
    if constexpr (requires { make_stream(*this, capacity); }) {
      return make_stream(*this, capacity, when_full...);
    } else {
      static_assert(detail::never<R>, "aldis: stream() needs #include <aldis/async/stream.hpp>");
    }
  }

  result_type operator()(Args... args) const { return send(std::forward<Args>(args)...); }

  /// Sends, and calls every receiver even if others throw. What ends the thread (pthread_exit,
  /// pthread_cancel) passes through, as in send.
  outcomes<R> send_robust(Args... args) const {
    outcomes<R> result;
    loop::run(
        state_.load_acquire(),
        [&](detail::slow_send& send, bool last) {
          outcome<R> one;
          one.receiver = send.receiver();
          try {
            detail::answer<R> given;
            if (!loop::call(send, last, &given, args...)) return true;
            if constexpr (std::is_reference_v<R>) {
              one.result = &given.take();
            } else if constexpr (!std::is_void_v<R>) {
              one.result.emplace(given.take());
            }
          } catch (...) {
            one.error = std::current_exception();
            // Not a C++ exception: the thread is being cancelled, which must not be stopped.
            if (!one.error) throw;
            send.failed();
          }
          result.add(std::move(one));
          return true;
        },
        args...);
    return result;
  }

  /// Stops at the first answer that satisfies `wanted`, and returns it; the other receivers are not
  /// called.
  template <std::predicate<std::add_lvalue_reference_t<const R>> Predicate>
  requires(!std::is_void_v<R>) std::optional<reply<R>> send_until(Predicate&& wanted, Args... args)
  const {
    std::optional<reply<R>> result;
    loop::run(
        state_.load_acquire(),
        [&](detail::slow_send& send, bool last) {
          detail::answer<R> given;
          if (!loop::call(send, last, &given, args...)) return true;
          result.emplace(reply<R>{send.receiver(), given.take()});
          if (wanted(std::as_const(result->value))) return false;
          result.reset();
          return true;
        },
        args...);
    return result;
  }

  /// Disconnects a receiver that can be compared: a function pointer.
  disconnect_result disconnect(receiver_type receiver) {
    return detail::disconnect(state_.load_acquire(), comparable(receiver));
  }

  /// Removes one subscription only; a receiver that listens to all senders keeps doing so.
  template <class X>
  disconnect_result disconnect(receiver_type receiver,
                               const detail::sender_option<X, true>& sender) {
    return unsubscribe(comparable(receiver), sender);
  }
  disconnect_result disconnect(receiver_type receiver, const detail::topic_option& topics) {
    return unsubscribe(comparable(receiver), topics);
  }

  template <detail::method_pointer Method>
  disconnect_result disconnect(Method method,
                               detail::bound_object<detail::object_of<Method>> object) {
    return detail::disconnect(state_.load_acquire(),
                              detail::receiver_identity::of_method(method, object.object()));
  }

  template <detail::method_pointer Method, class X>
  disconnect_result disconnect(Method method,
                               detail::bound_object<detail::object_of<Method>> object,
                               const detail::sender_option<X, true>& sender) {
    return unsubscribe(detail::receiver_identity::of_method(method, object.object()), sender);
  }

  template <detail::method_pointer Method>
  disconnect_result disconnect(Method method,
                               detail::bound_object<detail::object_of<Method>> object,
                               const detail::topic_option& topics) {
    return unsubscribe(detail::receiver_identity::of_method(method, object.object()), topics);
  }

  template <auto Method, class... Selection>
  requires detail::method_pointer<decltype(Method)> disconnect_result
  disconnect(detail::bound_object<detail::object_of<decltype(Method)>> object,
             const Selection&... selection) {
    return disconnect(Method, object.object(), selection...);
  }

  /// Disconnects the receiver that was connected with this id.
  disconnect_result disconnect(const detail::id_option& id) {
    return detail::disconnect(state_.load_acquire(),
                              detail::receiver_identity::of_id(id.name.view()));
  }

  /// Is this receiver connected, to any sender?
  bool is_connected(receiver_type receiver) const {
    return detail::is_connected(state_.load_acquire(), comparable(receiver));
  }

  template <detail::method_pointer Method>
  bool is_connected(Method method, detail::bound_object<detail::object_of<Method>> object) const {
    return detail::is_connected(state_.load_acquire(),
                                detail::receiver_identity::of_method(method, object.object()));
  }

  template <auto Method>
  requires detail::method_pointer<decltype(Method)>
  bool is_connected(detail::bound_object<detail::object_of<decltype(Method)>> object) const {
    return is_connected(Method, object.object());
  }

  bool is_connected(const detail::id_option& id) const {
    return detail::is_connected(state_.load_acquire(),
                                detail::receiver_identity::of_id(id.name.view()));
  }

  /// Would a send with this sender call any receiver? Exact, except that `when` is not called.
  template <class X>
  bool has_receivers_for(const X& sender) const {
    static_assert(sizeof...(Args) > 0, "aldis: this signal has no sender to ask for");
    using first = typename detail::types<Args...>::first;
    static_assert(detail::is_selectable<first> && detail::comparable_senders<first, X>(),
                  "aldis: has_receivers_for(x): x is not a sender of this signal");
    return detail::has_receivers_for(state_.load_acquire(), detail::key_as<first>(sender));
  }

 private:
  // A function of its own, since GCC 12 moves what is returned from an inner block.
  result_type answers_to(Args&... args) const {
    result_type result;
    detail::signal_state* const state = state_.load_acquire();
    loop::run(
        state,
        [&](detail::slow_send& send, bool last) {
          detail::answer<R> given;
          if (loop::call(send, last, &given, args...))
            result.add(*state, *send.current(), given.take());
          return true;
        },
        args...);
    return result;
  }

  friend struct detail::signal_access<R(Args...)>;
  using loop = detail::send_loop<R(Args...)>;

  struct joined {
    aldis::connection connection;
    std::uint64_t subscription;

    scoped_connection scoped() {
      return detail::connection_access::scoped(std::move(connection), subscription);
    }
  };

  template <class Receiver, class... Options>
  joined join(Receiver& receiver, detail::any_weak_pointer* owner, Options&&... options) {
    if constexpr (sizeof...(Options) == 0 && std::same_as<Receiver, receiver_type>) {
      if (!owner && !receiver.identity().is_signal_link()) {
        detail::erased_receiver erased;
        erased.take(receiver);
        const detail::connect_result made = detail::connect_plain(state_, erased);
        return {detail::connection_access::adopt(made.slot), made.subscription};
      }
    }
    detail::connect_request request;
    if (owner) detail::append(request.trackers, owner);
    if constexpr (std::same_as<Receiver, receiver_type>) {
      static_assert(
          (!std::derived_from<std::remove_cvref_t<Options>, detail::delivery_option> && ...),
          "aldis: this option is for receivers on an executor: add aldis::on(executor)");
      detail::fill(request, receiver, std::forward<Options>(options)...);
    } else {
      detail::fill_adapted<R, Args...>(request, receiver, std::forward<Options>(options)...);
    }
    const detail::connect_result made = detail::connect(state_, request);
    return {detail::connection_access::adopt(made.slot), made.subscription};
  }

  template <class Method, class Object>
  static detail::bound_method<Method> bound(Method method, const Object& object) {
    if (!method) detail::throw_empty_receiver();
    return {method, object.required()};
  }

  template <class F, class Object, class... Options>
  connection join_method(F bound, Object& object, Options&&... options) {
    receiver_with<Options...> receiver(bound, object.where());
    connection made =
        join(receiver, object.release_owner(), std::forward<Options>(options)...).connection;
    if (object.keeper()) *object.keeper() += made;
    return made;
  }

  static const detail::receiver_identity& comparable(const receiver_type& receiver) {
    if (!receiver.identity().kind) detail::throw_not_comparable();
    return receiver.identity();
  }

  template <class X>
  disconnect_result unsubscribe(const detail::receiver_identity& receiver,
                                const detail::sender_option<X, true>& sender) {
    detail::connect_request request;
    detail::apply<Args...>(request, sender);
    return detail::disconnect(state_.load_acquire(), receiver, *request.from);
  }

  disconnect_result unsubscribe(const detail::receiver_identity& receiver,
                                const detail::topic_option& topics) {
    static_assert(detail::has_topics(detail::types<Args...>()),
                  "aldis: matching() needs a signal whose first parameter is text, the topic");
    detail::check_pattern(topics.pattern.view());
    return detail::disconnect(state_.load_acquire(), receiver, topics.pattern.view());
  }
};

}  // namespace aldis
