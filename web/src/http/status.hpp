#pragma once

namespace aldis::web::detail {

/// Whether a response of this status never has a body (RFC 9110, 6.4.1). Responses have a status of
/// 200 or more.
constexpr bool has_no_body(int status) noexcept { return status == 204 || status == 304; }

}  // namespace aldis::web::detail
