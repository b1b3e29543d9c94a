#pragma once

// Observers of a registry, and how a send reports to them when it ends.

#include <aldis/detail/engine.hpp>
#include <aldis/named.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aldis::detail {

/// The observers of a registry. Shared by the registry and its signals' states, which may outlive
/// it while a send is running.
struct watchers {
  signal<void(const send_report&)> observers;
};

/// What a report needs: the signal's name and its observers. References are owned by the signal's
/// state and by its running sends.
struct watch_state {
  std::shared_ptr<detail::watchers> watchers;
  std::string name;
  atomic<std::uint32_t> references{1};
  atomic<bool> unobserved;  ///< the last report found no observer
};

/// Whether an observer's pattern matches the name. Under tables_mutex, which `watch` takes too.
bool is_watched(const watchers& all, std::string_view name);
/// Makes later sends of the signal report. Under tables_mutex.
void begin_watch(atomic<signal_state*>& owner, const std::shared_ptr<watchers>& all,
                 std::string_view name);

/// Gives one reference back; null: does nothing.
void release_watch(watch_state* watch) noexcept;

}  // namespace aldis::detail
