#pragma once

#include <aldis/export.hpp>
#include <aldis/web/headers.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aldis::web {

/// A file that came with a form.
struct ALDIS_API file_part {
  std::string name;       ///< of the form's field
  std::string file_name;  ///< as the client says; see safe_file_name
  web::headers headers;
  std::string content;

  std::string_view content_type() const noexcept { return headers["Content-Type"]; }

  /// Writes the content to a file, replacing it. Exceptions: std::filesystem::filesystem_error.
  void save(const std::string& path) const;
};

/// What is left of a name that came from outside once it cannot leave a folder: letters, digits,
/// `_`, `.` and `-` of ASCII, blanks and slashes as `_`, no dots at the ends. May be empty.
ALDIS_API std::string safe_file_name(std::string_view name);

using file_parts = std::vector<file_part>;

}  // namespace aldis::web
