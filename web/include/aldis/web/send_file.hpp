#pragma once

#include <aldis/export.hpp>
#include <aldis/web/response.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web {

struct send_file_options {
  /// By default that of the name's ending, or application/octet-stream.
  std::string mime_type = {};
  /// The browser saves it rather than shows it.
  bool as_attachment = false;
  /// What the browser calls it then; by default its name.
  std::string download_name = {};
  /// How long it may be used without asking again; by default browsers ask each time.
  std::optional<std::chrono::seconds> max_age = {};
};

/// A file as the answer to the current request. If that is GET or HEAD: 304 if the client has it
/// already, 206 for a range.
///
/// Exceptions: http_error 404 if there is no such regular file, and of GET and HEAD 412 if the
/// client wants another (`If-Match`), 416 if the range lies outside; outside_of_context.
ALDIS_API response send_file(const std::string& path, const send_file_options& options = {});

/// A file inside a folder, by a name that came from outside: one that leads out of it, by dots or
/// by links, is 404.
ALDIS_API response send_from_directory(const std::string& folder, std::string_view name,
                                       const send_file_options& options = {});

/// `image/png` for `cat.png`; empty if it is not known.
ALDIS_API std::string_view mime_type_of(std::string_view file_name) noexcept;

}  // namespace aldis::web
