#pragma once

#include <aldis/detail/engine.hpp>

#include "slot.hpp"

namespace aldis::detail {

/// Whether a not_from() of the receiver excludes the sender.
bool excludes(const slot_options& options, const key_view& sender) noexcept;

}  // namespace aldis::detail
