#pragma once

// Who watches the signals of a registry, and how a send finds them when it ends.

#include <aldis/named.hpp>

#include "signal_impl.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace aldis::detail {

/// Shared by a registry and the signals of its signals, which may outlive it while they are sent.
struct watchers {
  signal<void(const send_report&)> observers;
};

/// What a watched signal knows: its name, and whom to tell. Kept by its core and by the sends of it
/// that run.
struct watch_state {
  std::shared_ptr<watchers> all;
  std::string name;
  atomic<std::uint32_t> references{1};
  atomic<bool> unobserved;  ///< nobody was there to be told
};

/// Is there an observer whose pattern matches? Under tables_mutex, which watching takes, too.
bool is_watched(const watchers& all, std::string_view name);
/// From now on sends of the signal report. Under tables_mutex.
void begin_watch(atomic<signal_state*>& owner, const std::shared_ptr<watchers>& all,
                 std::string_view name);

/// Gives one reference back.
void release_watch(watch_state* post) noexcept;

}  // namespace aldis::detail
