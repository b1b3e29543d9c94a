#pragma once

#include <aldis/detail/engine.hpp>

#include "signal_impl.hpp"
#include "slot.hpp"

#include <mutex>

namespace aldis::detail {

/// Locks a signal's mutex. Receivers that are disconnected in it are destroyed after the mutex is
/// unlocked, because that runs user code.
class locked_section {
 public:
  explicit locked_section(signal_impl& signal) : signal_(signal), lock_(signal.mutex) {}
  locked_section(const locked_section&) = delete;
  locked_section& operator=(const locked_section&) = delete;
  ~locked_section() {
    // Else the member lock_ unlocks.
    if (disconnected_ || signal_.retired_lifetimes) close();
  }

  /// Disconnects the receiver, unless it is disconnected already. It is destroyed at the end of the
  /// section, or by the last thread to leave it.
  void disconnect(receiver_slot& slot, notification notify);
  signal_impl& signal() noexcept { return signal_; }
  template <class Work>
  void unlocked(const Work& work) {
    lock_.unlock();
    work();
    lock_.lock();
  }

 private:
  void close() noexcept;

  signal_impl& signal_;
  std::unique_lock<std::mutex> lock_;
  receiver_slot* disconnected_ = nullptr;
};

}  // namespace aldis::detail
