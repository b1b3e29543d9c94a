#pragma once

#include <aldis/signal.hpp>

#include <cstddef>
#include <utility>

namespace aldis {

/// A signal that can be connected to but not sent: what a class shows of its own signal.
///
///     class thermometer {
///      public:
///       aldis::connectable<void(double)> changed() noexcept { return changed_; }
///
///      private:
///       aldis::signal<void(double)> changed_;
///     };
///
/// Each member does what the signal's member of that name does. Members that affect other people's
/// receivers (mute, receivers, disconnect_all) are missing.
///
/// Threads: as the signal.
/// Lifetime: a reference to the signal. Return it from a function, as above: as a member beside the
/// signal, it would refer to the old signal after a move.
template <class Signature>
class connectable : detail::misused_overloads<Signature> {
  using misused = detail::misused_overloads<Signature>;

 public:
  // What says what is wrong with a call that fits nothing below.
  using misused::connect;
  using misused::connected_to;
  using misused::disconnect;
  using misused::is_connected;

  using receiver_type = typename signal<Signature>::receiver_type;
  template <class... Options>
  using receiver_with = typename signal<Signature>::template receiver_with<Options...>;

  connectable(signal<Signature>& of) noexcept : signal_(&of) {}

  template <connect_option... Options>
  connection connect(receiver_with<Options...> receiver, Options&&... options) const {
    return signal_->connect(std::move(receiver), std::forward<Options>(options)...);
  }

  template <detail::method_pointer Method, connect_option... Options>
  connection connect(Method method, detail::bound_object<detail::object_of<Method>> object,
                     Options&&... options) const {
    return signal_->connect(method, std::move(object), std::forward<Options>(options)...);
  }

  template <auto Method, connect_option... Options>
  requires detail::method_pointer<decltype(Method)> connection
  connect(detail::bound_object<detail::object_of<decltype(Method)>> object, Options&&... options)
  const {
    return signal_->template connect<Method>(std::move(object), std::forward<Options>(options)...);
  }

  template <connect_option... Options>
  [[nodiscard]] scoped_connection connected_to(receiver_with<Options...> receiver,
                                               Options&&... options) const {
    return signal_->connected_to(std::move(receiver), std::forward<Options>(options)...);
  }

  template <detail::method_pointer Method, connect_option... Options>
  [[nodiscard]] scoped_connection connected_to(
      Method method, detail::bound_object<detail::object_of<Method>> object,
      Options&&... options) const {
    return signal_->connected_to(method, std::move(object), std::forward<Options>(options)...);
  }

  template <auto Method, connect_option... Options>
  requires detail::method_pointer<decltype(Method)>
  [[nodiscard]] scoped_connection connected_to(
      detail::bound_object<detail::object_of<decltype(Method)>> object,
      Options&&... options) const {
    return signal_->template connected_to<Method>(std::move(object),
                                                  std::forward<Options>(options)...);
  }

  template <connect_option... Selection>
  disconnect_result disconnect(receiver_type receiver, const Selection&... selection) const {
    return signal_->disconnect(std::move(receiver), selection...);
  }

  template <detail::method_pointer Method, connect_option... Selection>
  disconnect_result disconnect(Method method,
                               detail::bound_object<detail::object_of<Method>> object,
                               const Selection&... selection) const {
    return signal_->disconnect(method, std::move(object), selection...);
  }

  template <auto Method, connect_option... Selection>
  requires detail::method_pointer<decltype(Method)> disconnect_result
  disconnect(detail::bound_object<detail::object_of<decltype(Method)>> object,
             const Selection&... selection)
  const { return signal_->template disconnect<Method>(std::move(object), selection...); }

  disconnect_result disconnect(const detail::id_option& id) const {
    return signal_->disconnect(id);
  }

  bool is_connected(receiver_type receiver) const {
    return signal_->is_connected(std::move(receiver));
  }

  template <detail::method_pointer Method>
  bool is_connected(Method method, detail::bound_object<detail::object_of<Method>> object) const {
    return signal_->is_connected(method, std::move(object));
  }

  template <auto Method>
  requires detail::method_pointer<decltype(Method)>
  bool is_connected(detail::bound_object<detail::object_of<decltype(Method)>> object) const {
    return signal_->template is_connected<Method>(std::move(object));
  }

  bool is_connected(const detail::id_option& id) const { return signal_->is_connected(id); }

  bool has_receivers() const { return signal_->has_receivers(); }
  explicit operator bool() const { return has_receivers(); }
  std::size_t size() const { return signal_->size(); }

  template <class X>
  bool has_receivers_for(const X& sender) const {
    return signal_->has_receivers_for(sender);
  }

  /// Needs <aldis/async/stream.hpp>, as does the next member.
  template <class... Given>
  auto next(Given&&... given) const {
    return signal_->next(std::forward<Given>(given)...);
  }

  template <class... Overflow>
  auto stream(std::size_t capacity = 64, Overflow... when_full) const {
    return signal_->stream(capacity, when_full...);
  }

 private:
  signal<Signature>* signal_;
};

}  // namespace aldis
