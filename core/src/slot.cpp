#include "slot.hpp"

#include <utility>

namespace aldis::detail {

slot_options::~slot_options() {
  destroy_conditions();
  if (extension) extension->release();
}

void slot_options::destroy_conditions() noexcept {
  while (filters) delete std::exchange(filters, filters->next);
  while (trackers) delete std::exchange(trackers, trackers->next);
  while (not_from) delete std::exchange(not_from, not_from->next);
}

bool slot_options::expired() const noexcept {
  for (const any_weak_pointer* tracker = trackers; tracker; tracker = tracker->next) {
    if (tracker->expired()) return true;
  }
  return false;
}

}  // namespace aldis::detail
