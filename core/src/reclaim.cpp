#include "reclaim.hpp"

#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot_list.hpp"
#include "threads.hpp"
#include "topic_trie.hpp"

namespace aldis::detail {

void retire(signal_impl& signal, reclaimable* retired) noexcept {
  if (belongs_to_trie(*retired)) return retire_in_trie(signal, *retired);
  retired->next_retired = signal.retired;
  signal.retired = retired;
  reclaim(signal);
}

void reclaim(signal_impl& signal) noexcept {
  for (reclaimable** link = &signal.retired; *link;) {
    reclaimable* const retired = *link;
    const bool is_protected = any_record(*signal.domain, [&](const thread_record_impl& thread) {
      return any_frame(thread, [&](const send_frame& frame) {
        return frame.held.load() == retired || frame.selected.load() == retired ||
               frame.group.load() == retired || frame.senders.load() == retired;
      });
    });
    if (is_protected) {
      link = &retired->next_retired;
    } else {
      *link = retired->next_retired;
      free_retired(retired);
    }
  }
}

void free_retired(reclaimable* retired) noexcept {
  switch (retired->type) {
    case reclaimable::kind::slot_list: {
      auto* const list = static_cast<slot_list*>(retired);
      empty(*list);
      ::operator delete(list);
      break;
    }
    case reclaimable::kind::sender_group: {
      auto* const group = static_cast<sender_group*>(retired);
      // Deleting it runs user code, which must wait until the mutex is unlocked.
      if (any_weak_pointer* const lifetime = group->lifetime.load_relaxed())
        append(impl_of(*group->owner).retired_lifetimes, lifetime);
      delete group;
      break;
    }
    case reclaimable::kind::sender_index:
      ::operator delete(static_cast<sender_index*>(retired));
      break;
    case reclaimable::kind::pattern_group:
    case reclaimable::kind::topic_node:
    case reclaimable::kind::topic_table:
      free_trie_block(retired);
      break;
  }
}

}  // namespace aldis::detail
