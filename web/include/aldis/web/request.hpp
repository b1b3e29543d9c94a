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

/// How much of a form is read.
struct form_limits {
  /// Each text field of multipart/form-data, in bytes; files and urlencoded forms may have any
  /// size.
  std::size_t memory = 500'000;
  /// Fields and files together, of multipart/form-data; an urlencoded form may have any number.
  std::size_t parts = 1'000;

  bool operator==(const form_limits&) const = default;
};

/// A request, complete with its body. A plain value: nothing in it knows of a socket.
///
/// Threads: one at a time; also the const members, which parse when they are first asked.
/// Lifetime: what a member returns is valid until the request changes or dies.
class ALDIS_API request {
 public:
  request() = default;
  /// As `request("GET", "/search?q=cat")`.
  explicit request(std::string_view method, std::string_view target = "/");

  /// As sent: `GET`.
  std::string_view method() const noexcept { return method_; }
  void set_method(std::string_view method) { method_.assign(method); }

  /// As sent, escapes and query included.
  std::string_view target() const noexcept { return target_; }
  /// Takes the path or `http://host/path` that stands in a request line.
  void set_target(std::string_view target);
  /// Without escapes and query.
  std::string_view path() const noexcept;
  /// As sent, without `?`.
  std::string_view query_string() const noexcept;
  /// The path and `?`, also if there is no query.
  std::string full_path() const;

  /// `http` or `https`.
  std::string_view scheme() const noexcept { return scheme_; }
  void set_scheme(std::string_view scheme) { scheme_.assign(scheme); }
  /// The header Host, in lower case and without the scheme's own port; `localhost` if there is
  /// none.
  std::string_view host() const;
  /// scheme, host and path, with the query.
  std::string url() const;
  std::string base_url() const;
  /// 11 is HTTP/1.1.
  int version() const noexcept { return version_; }
  void set_version(int version) noexcept { version_ = version; }
  /// The client's address, without the port.
  std::string_view remote_address() const noexcept { return remote_address_; }
  void set_remote_address(std::string_view address) { remote_address_.assign(address); }

  web::headers& headers() noexcept { return headers_; }
  const web::headers& headers() const noexcept { return headers_; }

  /// All of it, as sent.
  std::string& body() noexcept { return body_; }
  const std::string& body() const noexcept { return body_; }
  /// Content-Type without parameters, in lower case.
  std::string mime_type() const;
  /// application/json or application/*+json?
  bool is_json() const;

  /// The arguments in the query.
  const multi_dict& args() const;
  /// The fields of a form in the body. Exceptions: http_error 400 or 413.
  const multi_dict& form() const;
  /// The files of a form in the body. Exceptions: as form().
  const file_parts& files() const;
  /// The first file of that field, or null.
  const file_part* file(std::string_view name) const;
  /// Arguments and fields, the arguments first.
  multi_dict values() const;
  const multi_dict& cookies() const;

  /// What routing found; empty if nothing.
  std::string_view endpoint() const noexcept { return endpoint_; }
  std::string_view rule() const noexcept { return rule_; }
  const path_variables& view_args() const noexcept { return view_args_; }
  path_variables& view_args() noexcept { return view_args_; }
  /// The value of a variable in the path, or null.
  const path_value* view_arg(std::string_view name) const noexcept;
  /// The blueprint of the endpoint, with those around it: `outer.inner`.
  std::string_view blueprint() const noexcept { return blueprint_; }
  /// Innermost first: `outer.inner`, `outer`.
  std::vector<std::string_view> blueprints() const;
  /// Why routing found no handler: a 404, a 405 or a redirect; else null.
  const http_error* routing_error() const noexcept { return routing_error_.get(); }

  void set_form_limits(form_limits limits) noexcept { limits_ = limits; }
  /// How many bytes the values of its JSON may take in memory; none: six times the text and 64 MiB.
  void set_json_limit(std::optional<std::size_t> most) noexcept { json_limit_ = most; }
  std::optional<std::size_t> json_limit() const noexcept { return json_limit_; }
  /// As new; keeps its memory.
  void clear() noexcept;

 private:
  friend struct detail::request_access;

  void read_form() const;

  std::string method_ = "GET";
  std::string target_ = "/";
  std::size_t path_size_ = 1;   // of the part of target_ before the query
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

  mutable std::string host_;  // if the header has it in another form
  mutable std::optional<multi_dict> args_;
  mutable std::optional<multi_dict> form_;
  mutable std::optional<file_parts> files_;
  mutable std::optional<multi_dict> cookies_;
};

}  // namespace aldis::web
