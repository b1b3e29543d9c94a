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

/// An answer. A plain value: status, headers and a body that is text, a file, or a stream.
///
/// Lifetime: what a member returns is valid until the response changes or dies.
class ALDIS_API response {
 public:
  /// 200, `text/html; charset=utf-8`, empty.
  response();
  response(std::string body, int status = 200);
  response(const char* body, int status = 200) : response(std::string(body), status) {}
  response(std::string_view body, int status = 200) : response(std::string(body), status) {}
  /// The headers replace those that a response has by itself.
  response(std::string body, int status, const web::headers& headers);
  response(std::string body, const web::headers& headers)
      : response(std::move(body), 200, headers) {}
  response(web::stream body, int status = 200);
  response(file_slice body, int status = 200);

  int status() const noexcept { return status_; }
  std::string_view reason() const noexcept;
  /// Exceptions: std::invalid_argument unless 100 <= status <= 999.
  void set_status(int status);
  /// As `499 Weird`. Exceptions: std::invalid_argument.
  void set_status(std::string_view status);

  web::headers& headers() noexcept { return headers_; }
  const web::headers& headers() const noexcept { return headers_; }
  /// Those of each name that `more` has become those of `more`.
  void replace_headers(const web::headers& more);
  /// With `; charset=utf-8` if it is text.
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
  /// Nothing if it is a stream: nobody knows.
  std::optional<std::uint64_t> body_size() const noexcept;

  /// Exceptions: std::invalid_argument; see set_cookie_value.
  void set_cookie(std::string_view name, std::string_view value,
                  const cookie_options& options = {});
  /// Asks the client to forget it; path and domain must be those it was set with.
  void delete_cookie(std::string_view name, cookie_options options = {});

  /// Exceptions: std::logic_error if the body is a stream.
  response copy() const;
  /// As new; keeps its memory.
  void clear();

 private:
  int status_ = 200;
  std::string reason_;  // if it is not the usual one
  web::headers headers_;
  std::string text_;
  std::optional<file_slice> file_;
  std::unique_ptr<body_source> source_;
};

/// An answer that sends the client elsewhere. `where` goes into the header as it is given, other
/// than ASCII escaped.
///
/// Exceptions: std::invalid_argument unless the status is 301, 302, 303, 305, 307 or 308.
ALDIS_API response redirect(std::string_view where, int status = 303);

}  // namespace aldis::web
