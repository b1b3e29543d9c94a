#pragma once

// The expensive half of publication: a barrier that other threads execute for us.

namespace aldis::detail {

struct hazard_domain;

/// Tries to make publication without a fence possible.
void register_barrier(hazard_domain& domain) noexcept;
/// Every store that any thread made before is visible afterwards.
void heavy_barrier(hazard_domain& domain) noexcept;

}  // namespace aldis::detail
