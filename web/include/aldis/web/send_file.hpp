#pragma once

#include <aldis/export.hpp>
#include <aldis/web/response.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web {

struct send_file_options {
  /// The default depends on the extension; for an unknown one it is application/octet-stream.
  std::string mime_type = {};
  /// The browser saves the file instead of showing it.
  bool as_attachment = false;
  /// The name under which the browser saves it; by default the file's own.
  std::string download_name = {};
  /// How long clients may use the file without revalidation; by default they revalidate it each
  /// time.
  std::optional<std::chrono::seconds> max_age = {};
};

/// Responds to the current request with a file. For GET and HEAD it is a 304 if the client has the
/// file already, and a 206 if the client asks for a range.
///
/// Exceptions: http_error 404 if it is not a regular file; for GET and HEAD, also 412 if `If-Match`
/// names another version, and 416 if the range is outside of the file; outside_of_context.
ALDIS_API response send_file(const std::string& path, const send_file_options& options = {});

/// Responds with a file inside of a folder, by an untrusted name. A name that leads out of the
/// folder, by dots or by links, is a 404.
///
/// Exceptions: see send_file.
ALDIS_API response send_from_directory(const std::string& folder, std::string_view name,
                                       const send_file_options& options = {});

/// Such as `image/png` for `cat.png`; empty if the extension is unknown.
ALDIS_API std::string_view mime_type_of(std::string_view file_name) noexcept;

}  // namespace aldis::web
