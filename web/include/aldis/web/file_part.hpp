#pragma once

#include <aldis/export.hpp>
#include <aldis/web/headers.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace aldis::web {

/// A file that was uploaded with a form.
struct ALDIS_API file_part {
  std::string name;       ///< of the form field
  std::string file_name;  ///< as sent by the client; see safe_file_name
  web::headers headers;
  std::string content;

  std::string_view content_type() const noexcept { return headers["Content-Type"]; }

  /// Writes the content to a file, replacing it.
  ///
  /// Exceptions: std::filesystem::filesystem_error.
  void save(const std::string& path) const;
};

/// Makes an untrusted file name safe, so that it cannot leave a folder. The result contains ASCII
/// letters, digits, `_`, `.` and `-` only, with `_` for blanks and slashes, and without dots or
/// underscores at the ends. May be empty.
ALDIS_API std::string safe_file_name(std::string_view name);

using file_parts = std::vector<file_part>;

}  // namespace aldis::web
