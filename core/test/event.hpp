#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// A one-time event that other threads can wait for. A wait that takes too long returns false, so
/// that a test fails instead of hanging.
class event {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    happened_ = true;
    changed_.notify_all();
  }

  [[nodiscard]] bool wait(std::chrono::milliseconds wait_policy = std::chrono::seconds(20)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, wait_policy, [this] { return happened_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool happened_ = false;
};
