#include <aldis/web/http_error.hpp>
#include <aldis/web/response.hpp>

#include "http/headers_access.hpp"
#include "http/html.hpp"
#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace aldis::web {

namespace {

constexpr std::size_t kept_body = 64UL * 1024;
constexpr std::string_view html = "text/html; charset=utf-8";

}  // namespace

response::response() { headers_.add("Content-Type", html); }

response::response(std::string body, int status) : response() {
  set_status(status);
  text_ = std::move(body);
}

response::response(std::string body, int status, const web::headers& headers)
    : response(std::move(body), status) {
  replace_headers(headers);
}

response::response(web::stream body, int status) : response() {
  set_status(status);
  source_ = body.take();
}

response::response(file_slice body, int status) : response() {
  set_status(status);
  file_ = std::move(body);
}

std::string_view response::reason() const noexcept {
  return reason_.empty() ? reason_phrase(status_) : std::string_view(reason_);
}

void response::set_status(int status) {
  if (status < 200 || status > 999) {
    throw std::invalid_argument("aldis: the status of a response is 200 to 999, not " +
                                std::to_string(status) + "; a lower one precedes a response");
  }
  status_ = status;
  reason_.clear();
}

void response::set_status(std::string_view status) {
  const auto [digits, reason] = detail::split_once(status, ' ');
  int code = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code);
  const bool printable = std::none_of(reason.begin(), reason.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (digits.size() != 3 || read.ptr != digits.data() + 3 || !printable) {
    throw std::invalid_argument("aldis: " + detail::in_quotes(status) +
                                " is not a status: three digits, and perhaps a blank and a reason");
  }
  set_status(code);
  reason_.assign(reason);
}

void response::replace_headers(const web::headers& more) {
  for (const headers::field& each : more) headers_.remove(each.name);
  for (const headers::field& each : more) headers_.add(each.name, each.value);
}

void response::set_mime_type(std::string_view type) {
  const bool text = type.starts_with("text/") || type == "application/xml" ||
                    type == "application/javascript" || type.ends_with("+xml");
  headers_.set("Content-Type", text ? std::string(type) + "; charset=utf-8" : std::string(type));
}

void response::set_body(std::string body) {
  set_body(std::string_view());
  text_ = std::move(body);
}

void response::set_body(std::string_view body) {
  text_.assign(body);
  file_.reset();
  source_.reset();
}

void response::set_body(file_slice file) {
  set_body(std::string_view());
  file_ = std::move(file);
}

void response::set_body(std::unique_ptr<body_source> source) {
  set_body(std::string_view());
  source_ = std::move(source);
}

std::optional<std::uint64_t> response::body_size() const noexcept {
  if (source_) return std::nullopt;
  return file_ ? file_->size() : text_.size();
}

void response::set_cookie(std::string_view name, std::string_view value,
                          const cookie_options& options) {
  headers_.add("Set-Cookie", set_cookie_value(name, value, options));
}

void response::delete_cookie(std::string_view name, cookie_options options) {
  options.max_age = std::chrono::seconds(0);
  options.expires = std::chrono::system_clock::time_point();
  set_cookie(name, "", options);
}

response response::copy() const {
  if (source_) throw std::logic_error("aldis: a response whose body is a stream has no copy");
  response result;
  result.status_ = status_;
  result.reason_ = reason_;
  result.headers_ = headers_;
  result.text_ = text_;
  result.file_ = file_;
  return result;
}

void response::clear() {
  status_ = 200;
  reason_.clear();
  headers_.clear();
  detail::headers_access::append_checked(headers_, "Content-Type", html);
  set_body(std::string_view());
  detail::trim_memory(text_, kept_body);
}

response redirect(std::string_view where, int status) {
  constexpr std::array allowed{301, 302, 303, 305, 307, 308};
  if (std::find(allowed.begin(), allowed.end(), status) == allowed.end()) {
    throw std::invalid_argument(
        "aldis: a redirect has the status 301, 302, 303, 305, 307 or 308, not " +
        std::to_string(status));
  }
  const std::string target = detail::escape_url(where);
  response result(
      "<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n"
      "<p>You should be taken to <a href=\"" +
          detail::escape_html(target) + "\">" + detail::escape_html(target) + "</a>.</p>\n",
      status);
  result.headers().set("Location", target);
  return result;
}

}  // namespace aldis::web
