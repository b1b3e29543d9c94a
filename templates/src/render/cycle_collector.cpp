#include "cycle_collector.hpp"

#include <new>
#include <utility>

namespace aldis::templates::detail {

bool cycle_collector::add(const value& changed) {
  if (!states_.try_emplace(changed.shared(), state::changed).second) return false;
  changed_.push_back(changed);
  return true;
}

void cycle_collector::break_cycles() noexcept {
  if (changed_.empty()) return;
  try {
    std::vector<const counted*> found;
    for (const value& each : changed_) {
      // An object with a single reference, this one, is not part of a cycle.
      if (each.shared()->shared()) search(*each.shared(), found);
    }
    for (const counted* const each : found) each->clear_references();
  } catch (const std::bad_alloc&) {
    // Without memory for the search, cycles stay.
  }
  changed_.clear();
}

void cycle_collector::search(const counted& from, std::vector<const counted*>& found) {
  if (states_[&from] != state::changed) return;
  std::vector<step> path;
  std::vector<const counted*> changed_on_path;
  const auto enter = [&](const counted& node) {
    state& now = states_.try_emplace(&node, state::visiting).first->second;
    if (std::exchange(now, state::visiting) == state::changed) changed_on_path.push_back(&node);
    path.push_back({&node, 0, {}});
    node.traverse(path.back().held);
  };
  enter(from);
  while (!path.empty()) {
    step& top = path.back();
    if (top.next == top.held.size()) {
      states_[top.node] = state::done;
      if (!changed_on_path.empty() && changed_on_path.back() == top.node) {
        changed_on_path.pop_back();
      }
      path.pop_back();
      continue;
    }
    const value& next = *top.held[top.next++];
    if (!next.shared() || next.is_text() || next.is_undefined()) continue;
    const auto known = states_.find(next.shared());
    if (known == states_.end() || known->second == state::changed) {
      enter(*next.shared());
    } else if (known->second == state::visiting && !changed_on_path.empty()) {
      // A cycle, because the object is on the path. The last changed container of the path is in
      // it.
      found.push_back(changed_on_path.back());
    }
  }
}

}  // namespace aldis::templates::detail
