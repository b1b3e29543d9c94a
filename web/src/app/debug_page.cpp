#include "app/debug_page.hpp"

#include <aldis/web/request.hpp>
#include <aldis/web/response.hpp>
#include <aldis/web/uuid.hpp>

#include "app/exception_text.hpp"
#include "http/html.hpp"
#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace aldis::web::detail {

namespace {

constexpr std::string_view style = R"(
:root { color-scheme: light dark; --ink: #1d2433; --soft: #5b6577; --line: #dfe3ea;
  --page: #f6f7f9; --card: #fff; --mark: #b3261e; --mark-soft: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #9aa4b5; --line: #333b49;
  --page: #14181f; --card: #1c222c; --mark: #ff8a80; --mark-soft: #3a1f1f; } }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main, header > div { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
header { background: var(--mark-soft); border-bottom: 3px solid var(--mark); padding: 2rem 0; }
header p { margin: 0 0 .5rem; color: var(--soft); }
h1 { margin: 0; line-height: 1.3; color: var(--mark); }
h2 { margin: 2rem 0 .5rem; font-size: 1.1rem; }
code, pre, td { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: .9rem; }
h1 code { font-size: 1.6rem; }
h1, pre, td { overflow-wrap: anywhere; }
pre { margin: .75rem 0 0; white-space: pre-wrap; font-size: 1rem; }
ol { margin: 0; padding: 0; list-style: none; }
li, table { background: var(--card); border: 1px solid var(--line); border-radius: 6px; }
li { padding: .75rem 1rem; margin-bottom: .5rem; }
li b { color: var(--mark); font-size: .95rem; }
li pre { margin-top: .25rem; font-size: .9rem; }
table { width: 100%; border-spacing: 0; }
th, td { padding: .4rem 1rem; text-align: left; vertical-align: top; }
tr + tr > * { border-top: 1px solid var(--line); }
th { width: 13rem; font-weight: 500; font-size: .9rem; color: var(--soft); }
footer { margin: 2rem 0; padding-top: 1rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .9rem; }
@media (max-width: 40rem) { th { width: 8rem; } main, header > div { padding: 0 1rem; } }
)";

void add_row(std::string& rows, std::string_view name, std::string_view value) {
  rows += "<tr><th scope=row>" + escape_html(escape_control(name)) + "</th><td>" +
          escape_html(escape_control(value)) + "</td></tr>\n";
}

std::string table(std::string_view title, const std::string& rows) {
  if (rows.empty()) return {};
  return "<h2>" + std::string(title) + "</h2>\n<table>\n" + rows + "</table>\n";
}

std::string text_of(const path_value& value) {
  return std::visit(
      [](const auto& each) {
        using type = std::decay_t<decltype(each)>;
        if constexpr (std::is_same_v<type, std::string>) {
          return in_quotes(each);
        } else if constexpr (std::is_same_v<type, uuid>) {
          return each.text();
        } else {
          std::ostringstream text;
          text << each;
          return text.str();
        }
      },
      value);
}

constexpr std::string_view not_shown = "(not shown)";

/// Whether a value of this name may be a credential: the page may be shown to others, or be part of
/// a bug report. Errs on the side of hiding.
bool is_secret(std::string_view name) {
  const std::string text = lower(name);
  constexpr std::string_view words[] = {"auth", "cookie", "credential", "csrf",
                                        "jwt",  "key",    "pass",       "pwd",
                                        "sess", "secret", "signature",  "token"};
  constexpr std::string_view names[] = {"code", "otp", "pin", "sid", "sig"};
  return std::any_of(std::begin(words), std::end(words),
                     [&](std::string_view word) { return text.find(word) != text.npos; }) ||
         std::find(std::begin(names), std::end(names), text) != std::end(names);
}

/// A URL without the secrets in its query.
std::string without_secrets(std::string_view url) {
  const auto [path, query] = split_once(url, '?');
  std::string result(path);
  char separator = '?';
  for (std::string_view rest = query; !rest.empty();) {
    const auto [field, more] = split_once(rest, '&');
    rest = more;
    const std::string_view name = split_once(field, '=').first;
    result += std::exchange(separator, '&');
    result += is_secret(unescape(name)) ? std::string(name) + "=" + std::string(not_shown)
                                        : std::string(field);
  }
  return result;
}

std::string displayed_value(const headers::field& field) {
  if (is_secret(field.name)) return std::string(not_shown);
  if (same_without_case(field.name, "Referer")) return without_secrets(field.value);
  return std::string(field.value);
}

std::string route_rows(const request& request) {
  std::string rows;
  if (request.endpoint().empty()) return rows;
  add_row(rows, "Rule", request.rule());
  add_row(rows, "Endpoint", request.endpoint());
  if (!request.blueprint().empty()) add_row(rows, "Blueprint", request.blueprint());
  for (const path_variable& each : request.view_args())
    add_row(rows, each.name, text_of(each.value));
  return rows;
}

std::string request_rows(const request& request) {
  std::string rows;
  add_row(rows, "URL", without_secrets(request.url()));
  if (!request.remote_address().empty()) add_row(rows, "Client", request.remote_address());
  if (!request.body().empty()) {
    add_row(rows, "Body", std::to_string(request.body().size()) + " bytes");
  }
  return rows;
}

std::string header_rows(const request& request) {
  std::string rows;
  for (const headers::field& each : request.headers()) {
    add_row(rows, each.name, displayed_value(each));
  }
  return rows;
}

std::string causes(const std::vector<exception_text>& chain) {
  if (chain.size() < 2) return {};
  std::string list = "<h2>Caused by</h2>\n<ol>\n";
  for (std::size_t i = 1; i < chain.size(); ++i) {
    list += "<li><b><code>" + escape_html(chain[i].type) + "</code></b>";
    if (!chain[i].text.empty()) list += "<pre>" + escape_html(chain[i].text) + "</pre>";
    list += "</li>\n";
  }
  return list + "</ol>\n";
}

}  // namespace

response debug_page(const request& request, const std::exception_ptr& error) {
  std::vector<exception_text> chain = exception_chain(error);
  if (chain.empty()) chain.emplace_back();
  const exception_text& thrown = chain.front();
  const std::string line = request_line(request);
  std::string page = "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n";
  page += "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n";
  page += "<title>" + escape_html(thrown.type) + " &ndash; " + escape_html(line) + "</title>\n";
  page += "<style>" + std::string(style) + "</style>\n";
  page += "<header><div>\n<p>Debug page: <code>" + escape_html(line) + "</code> threw</p>\n";
  page += "<h1><code>" + escape_html(thrown.type) + "</code></h1>\n";
  if (!thrown.text.empty()) page += "<pre>" + escape_html(thrown.text) + "</pre>\n";
  page += "</div></header>\n<main>\n" + causes(chain);
  page += table("Route", route_rows(request)) + table("Request", request_rows(request)) +
          table("Headers", header_rows(request));
  page +=
      "<footer>You see this page because <code>DEBUG</code> is set; without it, visitors see a "
      "plain page. To stop where the exception is thrown, run the program in a debugger: "
      "<code>catch throw</code> in gdb, <code>breakpoint set -E c++</code> in "
      "lldb.</footer>\n</main>\n";
  response result(std::move(page), 500);
  // Injected scripts would not run.
  result.headers().set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  result.headers().set("Cache-Control", "no-store");
  return result;
}

}  // namespace aldis::web::detail
