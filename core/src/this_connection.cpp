// Which receiver this thread is inside of.

#include <aldis/detail/signal_base.hpp>

#include "slot.hpp"
#include "threads.hpp"

namespace aldis {

using namespace detail;

connection this_connection() noexcept {
  // A thread that has not sent has no record of its own, and is inside of nothing.
  if (own_record->home != &the_domain) return {};
  auto& me = static_cast<thread_record_impl&>(*own_record);
  for (const send_frame* at = me.top; at; at = at->previous) {
    receiver_slot* const slot = at->inside.load_relaxed();
    // Between two receivers, or inside a receiver in order to destroy it.
    if (!slot || is_tombstone(*slot) || slot->body.load_acquire() != body_whole) continue;
    return connection_of(slot);
  }
  return {};
}

}  // namespace aldis
