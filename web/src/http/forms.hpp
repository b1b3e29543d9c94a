#pragma once

#include <aldis/web/file_part.hpp>
#include <aldis/web/multi_dict.hpp>
#include <aldis/web/request.hpp>

#include <string>
#include <string_view>

namespace aldis::web::detail {

struct parsed_form {
  multi_dict fields;
  file_parts files;
};

/// The form in a body of that Content-Type; empty if it is none.
///
/// Exceptions: http_error 400 if it is malformed, 413 if it is beyond the limits.
parsed_form parse_form(std::string_view content_type, std::string_view body,
                       const form_limits& limits);

/// A parameter of a header such as `form-data; name="file"`, also one with escapes, `name*=`, or in
/// pieces, `name*0=`; the last if there are several, empty if there is none. Names are compared
/// without case.
std::string header_parameter(std::string_view value, std::string_view name);

}  // namespace aldis::web::detail
