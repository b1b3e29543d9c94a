#pragma once

#include <aldis/detail/engine.hpp>

#include "locked_section.hpp"

#include <cstddef>

namespace aldis::detail {

/// Disconnects receivers and removes subscriptions whose tracked object or sender has expired.
void sweep(locked_section& section);
/// Removes the receiver's subscription at this index. False if it is the last one: then it does
/// nothing, and the caller must disconnect the receiver.
bool remove_subscription(locked_section& section, receiver_slot& slot, std::size_t index);

}  // namespace aldis::detail
