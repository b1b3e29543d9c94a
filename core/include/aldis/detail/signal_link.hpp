#pragma once

// A signal as the receiver of another one.

#include <aldis/detail/engine.hpp>
#include <aldis/export.hpp>
#include <aldis/fwd.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace aldis {

class signal_base;

namespace detail {

/// receiver_identity::kind of a link; two links to one signal are equal.
inline constexpr const char* signal_link_kind = "aldis signal";

/// Keeps the state of a signal in memory, also when the signal is gone; a send then calls no
/// receiver.
class ALDIS_API held_signal {
 public:
  explicit held_signal(signal_base& signal);
  explicit held_signal(signal_state& state) noexcept;
  held_signal(held_signal&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  held_signal& operator=(held_signal&&) = delete;
  ~held_signal();

  signal_state* get() const noexcept { return state_; }
  /// For a link that is being called: whether this thread is sending the signal already, with
  /// nothing but links between that send and this one.
  bool is_in_circle() const noexcept;

 private:
  signal_state* state_;
};

/// The receiver that sends a signal. connect recognises it by its identity, and makes it expire
/// with the signal.
template <class Signature>
class signal_link;

template <class R, class... Args>
class signal_link<R(Args...)> {
 public:
  explicit signal_link(signal<R(Args...)>& target) : target_(target) {}

  void operator()(Args... args) const {
    if (target_.is_in_circle()) return;
    const borrowed borrowed_target(target_.get());
    static_cast<void>(borrowed_target.send(std::forward<Args>(args)...));
  }

  signal_state* target() const noexcept { return target_.get(); }

 private:
  /// A signal object with that state: the original may have moved.
  struct borrowed : signal<R(Args...)> {
    explicit borrowed(signal_state* state) noexcept { this->state_.store_relaxed(state); }
    borrowed(const borrowed&) = delete;
    borrowed& operator=(const borrowed&) = delete;
    ~borrowed() { this->state_.store_relaxed(nullptr); }
  };

  held_signal target_;
};

template <class Signature>
std::type_identity<Signature> signature_of(signal<Signature>&);

/// A signal that is passed to connect.
template <class F>
concept signal_lvalue = std::is_lvalue_reference_v<F> && requires(F f) {
  detail::signature_of(f);
};

template <class F>
concept const_signal =
    std::is_const_v<std::remove_reference_t<F>> && signal_lvalue < std::remove_cvref_t<F>
& > ;

/// A signal that connect would move from.
template <class F>
concept moved_signal = !std::is_lvalue_reference_v<F> && signal_lvalue<std::remove_cv_t<F>&>;

/// std::ref of a signal, by its shape.
template <class F>
concept signal_reference = requires(const std::remove_cvref_t<F>& f) {
  { f.get() } -> std::same_as<typename std::remove_cvref_t<F>::type&>;
}
&&signal_lvalue<std::remove_const_t<typename std::remove_cvref_t<F>::type>&>;

/// What a receiver stores: a copy of the callable, or a link to the signal.
template <class F>
struct held_callable {
  using type = std::decay_t<F>;
};
template <signal_lvalue F>
struct held_callable<F> {
  using type = signal_link<typename decltype(detail::signature_of(std::declval<F>()))::type>;
};
template <class F>
using callable_of = typename held_callable<F>::type;

}  // namespace detail

}  // namespace aldis
