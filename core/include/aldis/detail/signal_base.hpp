#pragma once

// What a signal can do without knowing its signature.

#include <aldis/connection.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/request.hpp>
#include <aldis/export.hpp>
#include <aldis/fwd.hpp>
#include <aldis/reclamation/atomic.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>

namespace aldis {

namespace detail {

/// Gives other parts of the library access to a signal.
template <class Signature>
struct signal_access;

struct connect_result {
  receiver_slot* slot;         ///< with one reference for the caller
  std::uint64_t subscription;  ///< serial of the subscriptions that were added; 0: none were
};

/// Takes over what the request owns.
ALDIS_API connect_result connect(atomic<signal_state*>& owner, connect_request& request);
/// The same for a receiver without options.
ALDIS_API connect_result connect_plain(atomic<signal_state*>& owner, erased_receiver& receiver);
ALDIS_API disconnect_result disconnect(signal_state* state, const receiver_identity& receiver);
ALDIS_API disconnect_result disconnect(signal_state* state, const receiver_identity& receiver,
                                       const sender_filter& sender);
ALDIS_API disconnect_result disconnect(signal_state* state, const receiver_identity& receiver,
                                       text_view pattern);
ALDIS_API bool is_connected(signal_state* state, const receiver_identity& receiver);
ALDIS_API bool has_receivers_for(signal_state* state, const key_view& sender);
ALDIS_API connection connection_of(receiver_slot* slot) noexcept;

struct signal_base_access;

}  // namespace detail

class ALDIS_API signal_base {
 public:
  signal_base(const signal_base&) = delete;
  signal_base& operator=(const signal_base&) = delete;

  /// Is any receiver connected?
  ///
  /// Cost: does not grow with the number of receivers. An expired one that is found is
  /// disconnected, and so found only once.
  bool has_receivers() const;
  explicit operator bool() const { return has_receivers(); }

  /// How many receivers are connected.
  std::size_t size() const;

  /// Disconnects every receiver, waiting as connection::disconnect does. Returns the least final of
  /// all results.
  disconnect_result disconnect_all();

  /// Sends call no receiver while the result lives. Mutes are counted; a send that is running
  /// continues.
  [[nodiscard]] signal_mute mute();
  bool muted() const noexcept;

  /// Turns counting of calls and their time on or off; receivers() has the numbers for each.
  /// Cost: nothing while off; two readings of the clock for each call while on.
  void count_calls(bool on);

  /// All connected receivers, in the order of the calls. Needs <aldis/receiver_info.hpp>.
  template <class Info = receiver_info>
  auto receivers() const {
    return detail::receiver_list<Info>::of(state_.load_acquire());
  }

  /// Sends the connection after a receiver was connected, on the connecting thread and outside
  /// every lock; not for a subscription added to a receiver that is connected already. If one of
  /// its receivers throws, the connection is undone and connect throws; what it replaced by its id
  /// stays disconnected.
  signal<void(const connection&)>& receiver_connected();

  /// Sends the connection after a receiver was disconnected: by a disconnect of any form, by its id
  /// being connected again, or because its last call (once, times) was claimed. Not when a tracked
  /// object or the signal dies. What its receivers throw is lost, since a disconnect cannot fail.
  signal<void(const connection&)>& receiver_disconnected();

  /// Sends the connection and the exception after a receiver on an executor has failed, on the
  /// thread that ran it; not if `on` was given a handler of its own or async_send awaits the
  /// answer. If it has no receivers, or they throw, the exception is lost, and only counted
  /// in receiver_info::failures.
  signal<void(const connection&, std::exception_ptr)>& receiver_failed();

 protected:
  constexpr signal_base() noexcept = default;
  signal_base(signal_base&& other) noexcept : state_(other.state_.exchange(nullptr)) {}
  signal_base& operator=(signal_base&& other) noexcept;
  ~signal_base() {
    if (state_.load_relaxed() != nullptr) destroy();
  }

  detail::atomic<detail::signal_state*> state_;

 private:
  friend struct detail::signal_base_access;
  void destroy() noexcept;
};

}  // namespace aldis
