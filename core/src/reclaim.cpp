#include "reclaim.hpp"

#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot_list.hpp"
#include "threads.hpp"
#include "topics.hpp"

namespace aldis::detail {

void retire(signal_impl& signal, block* retired) noexcept {
  if (of_patterns(*retired)) return retire_topic_block(signal, *retired);
  retired->next_retired = signal.retired;
  signal.retired = retired;
  reclaim(signal);
}

void reclaim(signal_impl& signal) noexcept {
  for (block** at = &signal.retired; *at;) {
    block* const retired = *at;
    const bool pinned = any_record(*signal.home, [&](const thread_record_impl& thread) {
      return any_frame(thread, [&](const send_frame& frame) {
        return frame.held.load() == retired || frame.selected.load() == retired ||
               frame.via.load() == retired || frame.table.load() == retired;
      });
    });
    if (pinned) {
      at = &retired->next_retired;
    } else {
      *at = retired->next_retired;
      free_block(retired);
    }
  }
}

void free_block(block* retired) noexcept {
  switch (retired->what) {
    case block::kind::slot_list: {
      auto* const list = static_cast<slot_list*>(retired);
      empty(*list);
      ::operator delete(list);
      break;
    }
    case block::kind::subscriber_group: {
      auto* const old = static_cast<sender_group*>(retired);
      if (any_weak_pointer* const owner = old->lives_with.load_relaxed())
        append(impl_of(*old->owner).deferred_owners, owner);
      delete old;
      break;
    }
    case block::kind::table:
      ::operator delete(static_cast<sender_index*>(retired));
      break;
    case block::kind::pattern:
    case block::kind::topic_node:
    case block::kind::topic_table:
      free_topic_block(retired);
      break;
  }
}

}  // namespace aldis::detail
