#pragma once

// What was replaced while a send may be reading it: freed when no frame holds it any more.

#include <aldis/detail/engine.hpp>

namespace aldis::detail {

struct signal_impl;

/// Frees it now or later. Under the signal's mutex, as the next.
void retire(signal_impl& signal, block* retired) noexcept;
/// Frees what nobody reads any more.
void reclaim(signal_impl& signal) noexcept;
/// Nobody can be reading it.
void free_block(block* retired) noexcept;

}  // namespace aldis::detail
