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

/// Parses the form in a body. Empty if the Content-Type is not that of a form.
///
/// Exceptions: http_error 400 if it is malformed, 413 if it exceeds the limits.
parsed_form parse_form(std::string_view content_type, std::string_view body,
                       const form_limits& limits);

/// A parameter of a header such as `form-data; name="file"`, also one that is encoded, `name*=`, or
/// split, `name*0=`. Of several, the last one; empty if there is none. Case of names is ignored.
std::string header_parameter(std::string_view value, std::string_view name);

}  // namespace aldis::web::detail
