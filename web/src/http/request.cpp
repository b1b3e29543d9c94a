#include <aldis/web/request.hpp>

#include "http/cookies.hpp"
#include "http/forms.hpp"
#include "http/request_access.hpp"
#include "http/text.hpp"
#include "http/url.hpp"
#include "http/utf8.hpp"

#include <algorithm>
#include <utility>

namespace aldis::web {

request::request(std::string_view method, std::string_view target) : method_(method) {
  set_target(target);
}

void request::set_target(std::string_view target) {
  target_.assign(target);
  path_begin_ = 0;
  unescaped_path_.clear();
  args_.reset();
  if (!target.starts_with('/') && target != "*") {
    const auto scheme = target.find("://");
    if (scheme == target.npos || scheme == 0) {
      throw http_error(400, "The address must begin with '/', or be a whole URL.");
    }
    path_begin_ = std::min(target.find_first_of("/?", scheme + 3), target.size());
  }
  const std::string_view rest = std::string_view(target_).substr(path_begin_);
  path_size_ = std::min(rest.find('?'), rest.size());
  const std::string_view path = rest.substr(0, path_size_);
  // An absolute URL may have an empty path.
  if (path.empty()) unescaped_path_ = "/";
  if (path.find('%') != path.npos || !detail::is_utf8(path)) {
    unescaped_path_ = detail::unescape(path);
  }
}

std::string_view request::path() const noexcept {
  if (!unescaped_path_.empty()) return unescaped_path_;
  return std::string_view(target_).substr(path_begin_, path_size_);
}

std::string_view request::query_string() const noexcept {
  const std::string_view rest = std::string_view(target_).substr(path_begin_ + path_size_);
  return rest.empty() ? rest : rest.substr(1);
}

std::string request::full_path() const {
  return std::string(path()) + "?" + std::string(query_string());
}

std::string_view request::host() const {
  std::string_view host = headers_["Host"];
  const std::string_view port = scheme_ == "https" ? ":443" : ":80";
  if (host.ends_with(port)) host.remove_suffix(port.size());
  if (host.empty()) return "localhost";
  if (std::none_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return host;
  }
  // Views that were returned before must stay valid.
  if (std::string text = detail::lower(host); text != host_) host_ = std::move(text);
  return host_;
}

std::string request::base_url() const {
  return scheme_ + "://" + std::string(host()) + detail::escape_url(path());
}

std::string request::url() const {
  std::string text = base_url();
  if (!query_string().empty()) text += "?" + std::string(query_string());
  return text;
}

std::string request::mime_type() const {
  return detail::lower(detail::trimmed(detail::split_once(headers_["Content-Type"], ';').first));
}

bool request::is_json() const {
  const std::string type = mime_type();
  return type == "application/json" ||
         (type.starts_with("application/") && type.ends_with("+json"));
}

const multi_dict& request::args() const {
  if (!args_) args_ = detail::parse_urlencoded(query_string());
  return *args_;
}

void request::read_form() const {
  if (form_) return;
  detail::parsed_form parsed = detail::parse_form(headers_["Content-Type"], body_, limits_);
  form_ = std::move(parsed.fields);
  files_ = std::move(parsed.files);
}

const multi_dict& request::form() const {
  read_form();
  return *form_;
}

const file_parts& request::files() const {
  read_form();
  return *files_;
}

const file_part* request::file(std::string_view name) const {
  for (const file_part& each : files()) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

multi_dict request::values() const {
  multi_dict all = args();
  for (const multi_dict::item& each : form()) all.add(each.first, each.second);
  return all;
}

const multi_dict& request::cookies() const {
  if (!cookies_) {
    cookies_.emplace();
    for (const std::string_view header : headers_.get_all("Cookie")) {
      detail::parse_cookies(header, *cookies_);
    }
  }
  return *cookies_;
}

const path_value* request::view_arg(std::string_view name) const noexcept {
  for (const path_variable& each : view_args_) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

std::vector<std::string_view> request::blueprints() const {
  std::vector<std::string_view> found;
  std::string_view name = blueprint();
  while (!name.empty()) {
    found.push_back(name);
    const auto dot = name.rfind('.');
    name = dot == name.npos ? std::string_view() : name.substr(0, dot);
  }
  return found;
}

void request::clear() noexcept {
  method_.assign("GET");
  target_.assign("/");
  path_size_ = 1;
  path_begin_ = 0;
  unescaped_path_.clear();
  scheme_.assign("http");
  remote_address_.clear();
  headers_.clear();
  body_.clear();
  version_ = 11;
  limits_ = {};
  detail::request_access::clear_rule(*this);
  args_.reset();
  form_.reset();
  files_.reset();
  cookies_.reset();
}

}  // namespace aldis::web
