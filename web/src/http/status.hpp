#pragma once

namespace aldis::web::detail {

/// What never has a body (RFC 9110, 6.4.1). A status below 200 is no answer.
constexpr bool has_no_body(int status) noexcept { return status == 204 || status == 304; }

}  // namespace aldis::web::detail
