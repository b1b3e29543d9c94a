#pragma once

// Memory that was replaced while a send may be reading it: freed when no hazard pointer refers to
// it.

#include <aldis/detail/engine.hpp>

namespace aldis::detail {

struct signal_impl;

/// Frees it as soon as no hazard pointer refers to it. Sends that begin now must not reach it.
/// Unless it belongs to the trie or the signal is quiescent, the caller has called `synchronize`
/// since it was replaced. Under the signal's mutex, as the next.
void retire(signal_impl& signal, reclaimable* retired) noexcept;
/// Frees everything retired that no hazard pointer refers to.
void reclaim(signal_impl& signal) noexcept;
/// Frees it at once: no thread may be reading it.
void free_retired(reclaimable* retired) noexcept;

}  // namespace aldis::detail
