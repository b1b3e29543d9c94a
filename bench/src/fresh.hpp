#pragma once

#include "harness.hpp"
#include "subject.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace bench {

/// Signals that live as long as a window or a request: each is new, gets a few receivers, and goes.
/// A receiver is an object with one method, and holds its connection.
class short_lives {
 public:
  virtual ~short_lives() = default;

  /// Makes a signal, connects the receivers, sends once, disconnects them, destroys the signal.
  virtual void live(std::size_t receivers, std::size_t times) = 0;

  struct phases {
    double connect, send, disconnect;  ///< ns for all receivers of one signal
  };
  /// The same for many signals at once, each phase timed by itself.
  virtual phases timed(std::size_t receivers, std::size_t signals) = 0;
  /// How often its receivers were called.
  virtual std::uint64_t calls() const = 0;
};

/// `Library` has a type `signal`, which need not move, and a type `listener` with a constructor
/// (signal&, tally&), which connects it; `send(signal&, int)` is static.
template <class Library>
class short_lives_of final : public short_lives {
 public:
  void live(std::size_t receivers, std::size_t times) override {
    make_room(receivers);
    for (; times != 0; --times) {
      std::optional<typename Library::signal> signal;
      signal.emplace();
      for (std::size_t i = 0; i < receivers; ++i) listeners_[i].emplace(*signal, tally_);
      send_once(*signal);
      for (std::size_t i = 0; i < receivers; ++i) listeners_[i].reset();
    }
  }

  phases timed(std::size_t receivers, std::size_t signals) override {
    make_room(receivers * signals);
    while (signals_.size() < signals) signals_.emplace_back();
    for (std::size_t i = 0; i < signals; ++i) signals_[i].emplace();

    const double begin = now();
    for (std::size_t i = 0; i < signals * receivers; ++i)
      listeners_[i].emplace(*signals_[i / receivers], tally_);
    const double connected = now();
    for (std::size_t i = 0; i < signals; ++i) send_once(*signals_[i]);
    const double sent = now();
    for (std::size_t i = 0; i < signals * receivers; ++i) listeners_[i].reset();
    const double ended = now();

    for (std::size_t i = 0; i < signals; ++i) signals_[i].reset();
    const auto each = static_cast<double>(signals);
    return {(connected - begin) / each, (sent - connected) / each, (ended - sent) / each};
  }

  std::uint64_t calls() const override { return tally_.n; }

 private:
  [[gnu::noinline]] static void send_once(typename Library::signal& signal) {
    auto* address = &signal;
    opaque(address);
    Library::send(*address, 1);
  }

  void make_room(std::size_t receivers) {
    while (listeners_.size() < receivers) listeners_.emplace_back();
  }

  tally tally_;
  std::deque<std::optional<typename Library::listener>> listeners_;
  std::deque<std::optional<typename Library::signal>> signals_;
};

}  // namespace bench
