#pragma once

#include <aldis/detail/engine.hpp>

#include "slot.hpp"

namespace aldis::detail {

/// Whether not_from() names the sender.
bool excludes(const slot_options& options, const key_view& sender) noexcept;

}  // namespace aldis::detail
