#include <aldis/web/cookie.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/test_client.hpp>

#include "app/context.hpp"
#include "app/exchange.hpp"
#include "http/cookies.hpp"
#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <utility>

namespace aldis::web {

namespace {

constexpr std::string_view host = "localhost";

struct stored_cookie {
  std::string name;
  std::string value;
  std::string path;

  bool is_for(std::string_view request_path) const noexcept {
    if (!request_path.starts_with(path)) return false;
    return path.ends_with('/') || request_path.size() == path.size() ||
           request_path[path.size()] == '/';
  }
};

std::string encoded(const multi_dict& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    if (!text.empty()) text += '&';
    text += detail::escape_query(name) + "=" + detail::escape_query(value);
  }
  return text;
}

std::string quoted_parameter(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c == '\r' || c == '\n' ? ' ' : c;
  }
  return result += '"';
}

/// A text that does not occur in any of the contents.
std::string choose_boundary(const client_request& with) {
  std::string boundary = "aldis-boundary";
  const auto occurs_in = [&](std::string_view text) { return text.find(boundary) != text.npos; };
  const auto taken = [&] {
    return std::any_of(with.form.begin(), with.form.end(),
                       [&](const auto& each) { return occurs_in(each.second); }) ||
           std::any_of(with.files.begin(), with.files.end(),
                       [&](const auto& each) { return occurs_in(each.content); });
  };
  while (taken()) boundary += "-";
  return boundary;
}

std::string multipart(const client_request& with, const std::string& boundary) {
  std::string body;
  const auto begin = [&](std::string_view name) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=" + quoted_parameter(name);
  };
  for (const auto& [name, value] : with.form) {
    begin(name);
    body += "\r\n\r\n" + value + "\r\n";
  }
  for (const file_part& each : with.files) {
    begin(each.name);
    const std::string_view type = each.content_type();
    body += "; filename=" + quoted_parameter(each.file_name) + "\r\nContent-Type: ";
    body.append(type.empty() ? "application/octet-stream" : type);
    body += "\r\n\r\n" + each.content + "\r\n";
  }
  return body + "--" + boundary + "--\r\n";
}

std::string_view path_of(std::string_view target) noexcept {
  return target.substr(0, target.find('?'));
}

/// The target of a redirect: path and query on this host.
std::string target_of(std::string_view location, std::string_view from) {
  location = location.substr(0, location.find('#'));
  if (const auto scheme = location.find("://"); scheme != location.npos) {
    const std::string_view rest = location.substr(scheme + 3);
    const auto path = std::min(rest.find_first_of("/?"), rest.size());
    if (rest.substr(0, path) != host) {
      throw std::logic_error("aldis: the client is redirected to another host, " +
                             detail::in_quotes(location) + ", and does not go there");
    }
    location = rest.substr(path);
    return location.starts_with('/') ? std::string(location) : "/" + std::string(location);
  }
  if (location.starts_with('/')) return std::string(location);
  const std::string_view folder = path_of(from).substr(0, path_of(from).rfind('/') + 1);
  return std::string(folder) + std::string(location);
}

}  // namespace

struct test_client::state {
  explicit state(web::app& served) : app(served) {}

  web::app& app;
  std::vector<stored_cookie> cookies;
  bool keeps_contexts = false;
  // The request belongs to the context.
  std::unique_ptr<web::request> request;
  std::shared_ptr<detail::context> context;

  void pop_context() {
    if (const auto ending = std::exchange(context, nullptr)) ending->pop(nullptr);
  }

  void set_cookie(std::string_view name, std::string_view value, std::string_view path) {
    delete_cookie(name, path);
    // Longer paths first, in the order in which browsers send them.
    const auto place = std::find_if(cookies.begin(), cookies.end(), [&](const stored_cookie& each) {
      return each.path.size() < path.size();
    });
    cookies.insert(place, {std::string(name), std::string(value), std::string(path)});
  }

  void delete_cookie(std::string_view name, std::string_view path) {
    std::erase_if(cookies,
                  [&](const stored_cookie& c) { return c.name == name && c.path == path; });
  }

  void take_cookie(std::string_view header) {
    const auto [pair, attributes] = detail::split_once(header, ';');
    const auto [name, value] = detail::split_once(pair, '=');
    std::string path = "/";
    bool expired = false;
    for (std::string_view rest = attributes; !rest.empty();) {
      const auto [attribute, more] = detail::split_once(rest, ';');
      rest = more;
      const auto [key, text] = detail::split_once(detail::trimmed(attribute), '=');
      if (same_without_case(key, "Path")) path = text;
      if (same_without_case(key, "Max-Age")) expired = expired || text == "0";
      if (same_without_case(key, "Expires")) {
        const auto when = from_http_date(text);
        expired = expired || (when && *when <= std::chrono::system_clock::now());
      }
    }
    if (expired) return delete_cookie(name, path);
    set_cookie(name, detail::unquote_cookie(value), path);
  }

  void take_cookies(const web::response& from) {
    for (const std::string_view header : from.headers().get_all("Set-Cookie")) take_cookie(header);
  }

  void add_cookies(web::request& to) const {
    std::string header;
    for (const stored_cookie& each : cookies) {
      if (!each.is_for(to.path())) continue;
      // Name and value in the form of a Set-Cookie header.
      header +=
          (header.empty() ? "" : "; ") + set_cookie_value(each.name, each.value, {.path = ""});
    }
    if (!header.empty()) to.headers().add("Cookie", header);
  }

  std::unique_ptr<web::request> make_request(std::string_view method, std::string_view target,
                                             const client_request& with) const {
    std::string whole(target);
    if (!with.query.empty()) {
      whole += (whole.find('?') == whole.npos ? "?" : "&") + encoded(with.query);
    }
    auto made = std::make_unique<web::request>(method, whole);
    made->headers() = with.headers;
    if (!made->headers().contains("Host")) made->headers().add("Host", host);
    add_cookies(*made);
    made->set_remote_address("127.0.0.1");
    std::string type = with.content_type;
    if (!with.json.empty()) {
      made->body() = with.json;
      type = "application/json";
    } else if (!with.files.empty()) {
      const std::string boundary = choose_boundary(with);
      made->body() = multipart(with, boundary);
      type = "multipart/form-data; boundary=" + boundary;
    } else if (!with.form.empty()) {
      made->body() = encoded(with.form);
      type = "application/x-www-form-urlencoded";
    } else {
      made->body() = with.data;
    }
    if (!type.empty()) made->headers().set("Content-Type", type);
    return made;
  }

  client_response send(std::string_view method, std::string_view target,
                       const client_request& with) {
    pop_context();
    request = make_request(method, target, with);
    // A server rejects it without calling the app.
    const auto limit = app.config().get_if<std::int64_t>("MAX_CONTENT_LENGTH");
    if (limit && std::cmp_greater(request->body().size(), *limit)) {
      web::response rejected = http_error(413).to_response();
      return received(rejected);
    }
    web::response response;
    detail::handled_request handled = detail::handle_and_keep_context(app, *request, response);
    if (handled.error) std::rethrow_exception(handled.error);
    client_response result = received(response);
    if (keeps_contexts) {
      handled.context->push();
      context = std::move(handled.context);
    }
    return result;
  }

  client_response received(web::response& response) {
    client_response result;
    result.status = response.status();
    result.reason = response.reason();
    result.path = request->path();
    if (response.file()) {
      response.file()->read(result.body, 0, response.file()->size());
    } else if (body_source* const source = response.source()) {
      std::string chunk;
      while (source->next(chunk)) {
        // Nothing yet: like a server, it does not spin meanwhile.
        if (chunk.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        result.body += chunk;
        chunk.clear();
      }
    } else {
      result.body = response.body();
    }
    take_cookies(response);
    result.headers = std::move(response.headers());
    return result;
  }
};

test_client::test_client(app& app) : state_(std::make_unique<state>(app)) {}
test_client::~test_client() = default;

client_response test_client::open(std::string_view method, std::string_view target,
                                  const client_request& with) {
  client_response result = state_->send(method, target, with);
  std::vector<client_response> history;
  std::string current_method(method);
  std::string current_target(target);
  client_request next = with;
  const auto is_redirect = [](int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
  };
  while (with.follow_redirects && is_redirect(result.status)) {
    if (history.size() == 20) throw std::logic_error("aldis: the client is redirected in a loop");
    current_target = target_of(result.headers["Location"], current_target);
    next.query.clear();
    if (result.status < 307 && current_method != "HEAD") {
      current_method = "GET";
      next = {.headers = next.headers};
    }
    history.push_back(std::move(result));
    result = state_->send(current_method, current_target, next);
  }
  result.history = std::move(history);
  return result;
}

std::optional<std::string> test_client::cookie(std::string_view name) const {
  for (const stored_cookie& each : state_->cookies) {
    if (each.name == name) return each.value;
  }
  return std::nullopt;
}

void test_client::set_cookie(std::string_view name, std::string_view value, std::string_view path) {
  state_->set_cookie(name, value, path);
}

void test_client::delete_cookie(std::string_view name, std::string_view path) {
  state_->delete_cookie(name, path);
}

void test_client::session_transaction(const std::function<void(session_values&)>& change) {
  detail::app_state& app = detail::app_state::of(state_->app);
  const auto request = state_->make_request("GET", "/", {});
  const auto context = detail::new_context(app);
  context->set_request(*request);
  context->match();
  context->push();
  context->start_request();
  session_values session = app.sessions->open(state_->app, *request);
  context->pop(nullptr);

  change(session);

  web::response response;
  context->push();
  app.sessions->save(state_->app, session, response);
  context->pop(nullptr);
  state_->take_cookies(response);
}

test_client::kept_contexts::kept_contexts(test_client& client) : client_(client) {
  client_.state_->keeps_contexts = true;
}

test_client::kept_contexts::~kept_contexts() {
  client_.state_->keeps_contexts = false;
  try {
    client_.state_->pop_context();
  } catch (...) {
    client_.state_->app.logger().exception("Tearing down a kept context failed",
                                           std::current_exception());
  }
}

}  // namespace aldis::web
