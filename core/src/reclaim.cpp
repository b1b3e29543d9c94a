#include "reclaim.hpp"

#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"

#include <new>
#include <utility>

namespace aldis::detail {

void dispose(reclaimable& unread) noexcept {
  switch (static_cast<reclaimable_kind>(unread.kind)) {
    case plain_memory:
      ::operator delete(&unread);
      break;
    case list_of_slots: {
      auto& list = static_cast<slot_list&>(unread);
      empty(list);
      if (!is_first_list(list)) ::operator delete(&list);
      break;
    }
    case group_of_sender: {
      auto& group = static_cast<sender_group&>(unread);
      // Deleting it runs user code, which must wait until the mutex is unlocked.
      if (any_weak_pointer* const lifetime = group.lifetime.load_relaxed())
        lifetime->next = std::exchange(group.owner->retired_lifetimes, lifetime);
      delete &group;
      break;
    }
    case group_of_pattern: {
      auto& group = static_cast<pattern_group&>(unread);
      // While a call that was made for it is running, a disconnect may wait for that.
      group.kind = unreachable_pattern;
      group.owner->writer.retire(group);
      break;
    }
    case unreachable_pattern:
      delete &static_cast<pattern_group&>(unread);
      break;
  }
}

}  // namespace aldis::detail
