#pragma once

// The expensive half of the asymmetric fence: makes other threads execute a barrier.

namespace aldis::detail {

struct hazard_domain;

/// Prepares for heavy_barrier, and notes in the domain whether unfenced sends are possible.
void register_barrier(hazard_domain& domain) noexcept;
/// As if every thread of the process executed a full fence: every store that any of them made
/// before is visible afterwards.
void heavy_barrier(hazard_domain& domain) noexcept;

}  // namespace aldis::detail
