#include "domain_writer.hpp"

#include <mutex>

namespace aldis::reclamation {

// When a thread ends, its bits stay set: there is no list of the domains that it read.
void domain_writer::forget_ended_threads() noexcept {
  thread_registry& all = registry();
  // Only tried, since the lock order has it before the writers' mutex, which the caller holds.
  // While it is held, no thread takes or gives back a record. A thread that takes one later finds
  // its bit cleared, and becomes a reader again.
  const std::unique_lock lock(all.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return;
  std::uint64_t living = 0;
  any_record(all, [&](const thread_record_impl& thread) {
    if (thread.owned) living |= thread.bit;
    return false;
  });
  domain_.readers.fetch_and(living);
}

}  // namespace aldis::reclamation
