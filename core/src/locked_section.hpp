#pragma once

#include "signal_impl.hpp"

#include <mutex>

namespace aldis::detail {

/// Holds a signal's mutex. Receivers that are disconnected meanwhile are destroyed after it.
class locked_section {
 public:
  explicit locked_section(signal_impl& signal) : signal_(signal), lock_(signal.mutex) {}
  locked_section(const locked_section&) = delete;
  locked_section& operator=(const locked_section&) = delete;
  ~locked_section() {
    // Usually there is nothing to do but unlock.
    if (disconnected_ || signal_.deferred_owners) close();
  }

  /// Disconnects the receiver, unless it was; it is destroyed after the section, or by the last
  /// thread to leave it.
  void disconnect(receiver_slot& slot, bool tell);
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
