#pragma once

// docs/design/waiting.md has the rules.

#include <aldis/connection.hpp>
#include <aldis/detail/signal_base.hpp>

#include "locked_section.hpp"
#include "slot_list.hpp"

#include <cstdint>
#include <vector>

namespace aldis::detail {

struct wait_policy {
  bool wait = true;
  std::int64_t nanoseconds = -1;  ///< negative: for ever
};

/// The receiver is destroyed: forgets all that belongs to its program or plugin. Under the signal's
/// mutex.
void finalize(receiver_slot& slot) noexcept;
/// What is used by a dead receiver ends after it, if it has not been destroyed yet.
void hand_over(receiver_slot& slot, handed_over& used) noexcept;
/// Under the signal's mutex, before the receiver is finalized.
follower* take_followers(signal_impl& signal, receiver_slot& slot) noexcept;
/// Makes sure that no later send calls the receiver. False if it was disconnected already.
bool mark_disconnected(locked_section& section, receiver_slot& slot);
/// Waits and destroys as far as it may. The caller holds a reference, and no lock.
disconnect_result finish(receiver_slot& slot, bool was_alive, wait_policy how, bool tell) noexcept;
disconnect_result disconnect_slot(receiver_slot& slot, wait_policy how) noexcept;
disconnect_result disconnect_subscription(receiver_slot& slot, std::uint64_t subscription,
                                          wait_policy how) noexcept;
/// Waits for calls that were made through these; `done` if there are none any more.
disconnect_result await_subscriptions(receiver_slot& slot,
                                      const std::vector<const subscriber_group*>& vias,
                                      wait_policy how, disconnect_result done) noexcept;
void tell_connected(signal_impl& signal, receiver_slot& slot);

/// The less final of two results.
disconnect_result less_final(disconnect_result a, disconnect_result b) noexcept;

}  // namespace aldis::detail
