#pragma once

// Waiting until threads have left something. docs/design/waiting-and-deadlocks.md has the rules.

#include "domain_writer.hpp"
#include "thread_registry.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace aldis::reclamation {

struct wait_policy {
  bool wait = true;
  std::int64_t nanoseconds = -1;  ///< at most so long; negative: no limit
};

/// The threads inside something.
struct occupancy {
  bool this_thread = false;
  thread_record_impl* other = nullptr;  ///< one of the other threads that are inside

  bool empty() const noexcept { return !this_thread && !other; }
};
/// The threads that are inside now. A read that began before the caller's last `synchronize`, and
/// has not ended, is found.
occupancy find_occupancy(const domain_writer& domain, const read_query& query) noexcept;

/// True if no thread is inside. Else all that are have been marked, and check again after leaving.
/// Under the registry's mutex.
bool is_vacant(const domain_writer& domain, const read_query& query) noexcept;

/// One thread's wait until no thread is inside. Used under the registry's mutex.
class vacancy_wait {
 public:
  enum class progress {
    vacant,
    check_again,
    refused,         ///< by the policy; or this thread is inside, or runs exit()
    would_deadlock,  ///< a thread inside waits for this one, directly or not
    timed_out
  };

  vacancy_wait(const domain_writer& domain, read_query query, wait_policy policy) noexcept;

  /// Checks once, and waits until one of the threads inside has left.
  progress step(std::unique_lock<std::mutex>& lock);

  /// Null if there is no memory for a record: then this thread is in no read, so no thread waits
  /// for it.
  thread_record_impl* me() noexcept { return me_; }

 private:
  using clock = std::chrono::steady_clock;

  const domain_writer& domain_;
  thread_registry& registry_;
  thread_record_impl* me_;
  read_query query_;
  wait_policy policy_;
  clock::time_point deadline_;   ///< of a policy with a time above 0
  std::optional<bool> exiting_;  ///< empty: not asked yet
};

}  // namespace aldis::reclamation
