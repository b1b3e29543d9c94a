#pragma once

#include <aldis/receiver.hpp>

#include "locked_section.hpp"

#include <cstddef>
#include <cstdint>

namespace aldis::detail {

/// Disconnects what is left of senders and objects that are gone.
void sweep(locked_section& section);
/// False if it is the last one: then nothing happens, and the caller must disconnect the receiver.
bool remove_subscription(locked_section& section, receiver_slot& slot, std::size_t which);
std::uint64_t hash_of(const receiver_identity& who) noexcept;
bool is_receiver(const receiver_slot& slot, const receiver_identity& who) noexcept;

}  // namespace aldis::detail
