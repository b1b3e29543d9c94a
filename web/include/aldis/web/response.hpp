#pragma once

#include <aldis/export.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/cookie.hpp>
#include <aldis/web/headers.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::web {

/// A response: status, headers, and a body that is text, a file or a stream. A plain value.
///
/// Lifetime: returned views and references are valid until the response changes or is destroyed.
class ALDIS_API response {
 public:
  /// An empty body with status 200 and `text/html; charset=utf-8`.
  response();
  response(std::string body, int status = 200);
  response(const char* body, int status = 200) : response(std::string(body), status) {}
  response(std::string_view body, int status = 200) : response(std::string(body), status) {}
  /// `headers` replace the default ones.
  response(std::string body, int status, const web::headers& headers);
  response(std::string body, const web::headers& headers)
      : response(std::move(body), 200, headers) {}
  response(web::stream body, int status = 200);
  response(file_slice body, int status = 200);

  int status() const noexcept { return status_; }
  std::string_view reason() const noexcept;
  /// Exceptions: std::invalid_argument unless 200 <= status <= 999.
  void set_status(int status);
  /// Sets status and reason phrase: `499 Weird`.
  ///
  /// Exceptions: std::invalid_argument.
  void set_status(std::string_view status);

  web::headers& headers() noexcept { return headers_; }
  const web::headers& headers() const noexcept { return headers_; }
  /// Replaces the headers whose names are in `more`, and adds the others.
  void replace_headers(const web::headers& more);
  /// Sets the Content-Type, with `; charset=utf-8` for text types.
  void set_mime_type(std::string_view type);

  /// Empty if the body is a file or a stream.
  const std::string& body() const noexcept { return text_; }
  void set_body(std::string body);
  void set_body(std::string_view body);
  void set_body(const char* body) { set_body(std::string_view(body)); }
  void set_body(file_slice file);
  void set_body(std::unique_ptr<body_source> source);
  const std::optional<file_slice>& file() const noexcept { return file_; }
  body_source* source() const noexcept { return source_.get(); }
  std::unique_ptr<body_source> take_source() noexcept { return std::move(source_); }
  /// Nothing if the body is a stream.
  std::optional<std::uint64_t> body_size() const noexcept;

  /// Exceptions: std::invalid_argument; see set_cookie_value.
  void set_cookie(std::string_view name, std::string_view value,
                  const cookie_options& options = {});
  /// Makes the client delete the cookie. Path and domain must be those with which it was set.
  void delete_cookie(std::string_view name, cookie_options options = {});

  /// Exceptions: std::logic_error if the body is a stream.
  response copy() const;
  /// Resets the response, and keeps its memory.
  void clear();

 private:
  int status_ = 200;
  std::string reason_;  // if it is not the default one
  web::headers headers_;
  std::string text_;
  std::optional<file_slice> file_;
  std::unique_ptr<body_source> source_;
};

/// A redirect. `where` becomes the Location header; characters that a URL cannot contain are
/// escaped.
///
/// Exceptions: std::invalid_argument unless the status is 301, 302, 303, 305, 307 or 308.
ALDIS_API response redirect(std::string_view where, int status = 303);

}  // namespace aldis::web
