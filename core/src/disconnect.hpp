#pragma once

// Disconnecting: marking, waiting and destroying. docs/design/waiting-and-deadlocks.md has the
// rules.

#include <aldis/connection.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/signal_base.hpp>

#include "locked_section.hpp"
#include "reclamation/waiting.hpp"
#include "slot.hpp"
#include "slot_list.hpp"

#include <cstdint>
#include <vector>

namespace aldis::detail {

/// Makes sure that no later send calls the receiver. False if it was disconnected already.
bool mark_disconnected(locked_section& section, receiver_slot& slot);
/// What follows mark_disconnected: notifies, waits and destroys as far as `policy` allows. The
/// caller holds a reference to the slot, and no lock. `was_alive`: this caller marked it.
disconnect_result finish_disconnect(receiver_slot& slot, bool was_alive, wait_policy policy,
                                    notification notify) noexcept;
disconnect_result disconnect_slot(receiver_slot& slot, wait_policy policy) noexcept;
/// Removes the subscriptions with this serial; with the last one the receiver is disconnected.
disconnect_result disconnect_subscription(receiver_slot& slot, std::uint64_t serial,
                                          wait_policy policy) noexcept;
/// Waits for running calls that were made for subscriptions to these groups. `done` is the result
/// if there are none any more.
disconnect_result wait_for_subscriptions(receiver_slot& slot,
                                         const std::vector<const subscriber_group*>& groups,
                                         wait_policy policy, disconnect_result done) noexcept;

/// Marks the receiver destroyed, and drops what refers to its program or plugin. Under the signal's
/// mutex.
void finalize(receiver_slot& slot) noexcept;

/// Keeps the object until the receiver, which was disconnected, has been destroyed.
void keep_until_destroyed(receiver_slot& slot, guarded_object& object) noexcept;
/// Takes the receiver's uses of guarded objects out of the signal's list. Under the signal's mutex,
/// before the receiver is finalized.
guarded_use* take_guarded_uses(signal_impl& signal, receiver_slot& slot) noexcept;

void notify_connected(signal_impl& signal, receiver_slot& slot);

disconnect_result less_final(disconnect_result a, disconnect_result b) noexcept;

}  // namespace aldis::detail
