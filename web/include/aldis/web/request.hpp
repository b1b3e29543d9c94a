#pragma once

#include <aldis/export.hpp>
#include <aldis/web/file_part.hpp>
#include <aldis/web/headers.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/multi_dict.hpp>
#include <aldis/web/path_values.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web {

namespace detail {
struct request_access;
}

/// Limits for parsing a form.
struct form_limits {
  /// The size of a text field of multipart/form-data, in bytes. Files and urlencoded forms are not
  /// limited.
  std::size_t memory = 500'000;
  /// The number of fields and files of multipart/form-data. Urlencoded forms are not limited by it.
  std::size_t parts = 1'000;

  bool operator==(const form_limits&) const = default;
};

/// A request with its whole body. A plain value without a connection to a socket.
///
/// Threads: one at a time, even for const members, which parse on first use.
/// Lifetime: returned views and references are valid until the request changes or is destroyed.
class ALDIS_API request {
 public:
  request() = default;
  /// For requests such as `request("GET", "/search?q=cat")`.
  explicit request(std::string_view method, std::string_view target = "/");

  /// As the client sent it, such as `GET`.
  std::string_view method() const noexcept { return method_; }
  void set_method(std::string_view method) { method_.assign(method); }

  /// As the client sent it, with escapes and query.
  std::string_view target() const noexcept { return target_; }
  /// Sets the target: a path, or `http://host/path`.
  ///
  /// Exceptions: http_error 400 if it is neither.
  void set_target(std::string_view target);
  /// The path without escapes and query, in UTF-8.
  std::string_view path() const noexcept;
  /// As the client sent it, without `?`.
  std::string_view query_string() const noexcept;
  /// The path, `?` and the query, which may be empty.
  std::string full_path() const;

  /// `http` or `https`.
  std::string_view scheme() const noexcept { return scheme_; }
  void set_scheme(std::string_view scheme) { scheme_.assign(scheme); }
  /// The Host header in lower case, without the default port of the scheme; `localhost` if there is
  /// none.
  std::string_view host() const;
  /// Scheme, host, path and query.
  std::string url() const;
  /// The same without the query.
  std::string base_url() const;
  /// 11 is HTTP/1.1.
  int version() const noexcept { return version_; }
  void set_version(int version) noexcept { version_ = version; }
  /// The client's address, without the port.
  std::string_view remote_address() const noexcept { return remote_address_; }
  void set_remote_address(std::string_view address) { remote_address_.assign(address); }

  web::headers& headers() noexcept { return headers_; }
  const web::headers& headers() const noexcept { return headers_; }

  /// The whole body, as the client sent it.
  std::string& body() noexcept { return body_; }
  const std::string& body() const noexcept { return body_; }
  /// The Content-Type without parameters, in lower case.
  std::string mime_type() const;
  /// Whether the type is application/json or application/*+json.
  bool is_json() const;

  /// The arguments of the query.
  const multi_dict& args() const;
  /// The fields of the form in the body.
  ///
  /// Exceptions: http_error 400 or 413.
  const multi_dict& form() const;
  /// The files of the form in the body.
  ///
  /// Exceptions: see form().
  const file_parts& files() const;
  /// The first file of that field, or null.
  const file_part* file(std::string_view name) const;
  /// Arguments and fields, the arguments first.
  multi_dict values() const;
  const multi_dict& cookies() const;

  /// The endpoint and the rule that match; empty if none does.
  std::string_view endpoint() const noexcept { return endpoint_; }
  std::string_view rule() const noexcept { return rule_; }
  const path_variables& view_args() const noexcept { return view_args_; }
  path_variables& view_args() noexcept { return view_args_; }
  /// The value of a variable of the path, or null.
  const path_value* view_arg(std::string_view name) const noexcept;
  /// The blueprint of the endpoint, with its outer ones: `outer.inner`.
  std::string_view blueprint() const noexcept { return blueprint_; }
  /// Innermost first: `outer.inner`, `outer`.
  std::vector<std::string_view> blueprints() const;
  /// The reason why no handler was found: a 404, a 405 or a redirect; otherwise null.
  const http_error* routing_error() const noexcept { return routing_error_.get(); }

  void set_form_limits(form_limits limits) noexcept { limits_ = limits; }
  /// The memory that JSON values may take, in bytes. Nothing means six times the text and 64 MiB.
  void set_json_limit(std::optional<std::size_t> size) noexcept { json_limit_ = size; }
  std::optional<std::size_t> json_limit() const noexcept { return json_limit_; }
  /// Resets the request, and keeps its memory.
  void clear() noexcept;

 private:
  friend struct detail::request_access;

  void read_form() const;

  std::string method_ = "GET";
  std::string target_ = "/";
  std::size_t path_size_ = 1;   // up to the query
  std::size_t path_begin_ = 0;  // after http://host
  std::string unescaped_path_;  // if the path has escapes
  std::string scheme_ = "http";
  std::string remote_address_;
  web::headers headers_;
  std::string body_;
  int version_ = 11;
  form_limits limits_;
  std::optional<std::size_t> json_limit_;

  std::string endpoint_;
  std::string blueprint_;
  std::string rule_;
  path_variables view_args_;
  std::shared_ptr<const http_error> routing_error_;

  mutable std::string host_;  // if it differs from the header
  mutable std::optional<multi_dict> args_;
  mutable std::optional<multi_dict> form_;
  mutable std::optional<file_parts> files_;
  mutable std::optional<multi_dict> cookies_;
};

}  // namespace aldis::web
