#include <aldis/detail/signal_base.hpp>

#include "library_state.hpp"
#include "slot.hpp"

namespace aldis {

using namespace detail;

connection this_connection() noexcept {
  // A thread that has never sent has no record, and is inside of no receiver.
  if (own_record->registry != &the_library) return {};
  auto& me = static_cast<thread_record_impl&>(*own_record);
  for (const hazard_frame* frame = me.top; frame; frame = frame->previous) {
    receiver_slot* const slot = protected_receiver(*frame);
    // Not between two receivers, and not inside one in order to destroy it.
    if (!slot || is_tombstone(*slot) || slot->body.load_acquire() != body_whole) continue;
    return connection_of(slot);
  }
  return {};
}

}  // namespace aldis
