#include <aldis/web/http_error.hpp>
#include <aldis/web/response.hpp>

#include "http/html.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace aldis::web {

namespace {

struct status_text {
  int code;
  std::string_view name;
  std::string_view description = "";
};

constexpr std::array texts = std::to_array<status_text>({
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request", "The server could not understand this request."},
    {401, "Unauthorized", "This page needs you to log in, and you did not, or not rightly."},
    {402, "Payment Required", "This page is to be paid for."},
    {403, "Forbidden", "You may not see this page."},
    {404, "Not Found", "There is no page at this address."},
    {405, "Method Not Allowed", "This page does not answer to this method."},
    {406, "Not Acceptable", "There is no version of this page that you accept."},
    {407, "Proxy Authentication Required", "The proxy needs you to log in."},
    {408, "Request Timeout", "The request took too long to arrive."},
    {409, "Conflict", "The request conflicts with the state of this page."},
    {410, "Gone", "This page was here, and will not come back."},
    {411, "Length Required", "The request must say how long it is."},
    {412, "Precondition Failed", "A condition of the request does not hold."},
    {413, "Content Too Large", "The request is larger than the server takes."},
    {414, "URI Too Long", "The address is longer than the server takes."},
    {415, "Unsupported Media Type", "The request is of a type that this page does not take."},
    {416, "Range Not Satisfiable", "The requested part lies outside the file."},
    {417, "Expectation Failed", "The server does not do what the request expects."},
    {418, "I'm a teapot", "This server is a teapot."},
    {421, "Misdirected Request", "This server does not answer for this host."},
    {422, "Unprocessable Content", "The request is well formed, and makes no sense here."},
    {423, "Locked", "This page is locked."},
    {424, "Failed Dependency", "Something that this request needs has failed."},
    {425, "Too Early", "The server does not take this request before it is sure of it."},
    {426, "Upgrade Required", "This page needs another protocol."},
    {428, "Precondition Required", "The request must have a condition."},
    {429, "Too Many Requests", "You have sent too many requests."},
    {431, "Request Header Fields Too Large", "The header is larger than the server takes."},
    {451, "Unavailable For Legal Reasons", "This page may not be shown, for reasons of law."},
    {500, "Internal Server Error", "Something went wrong in the server."},
    {501, "Not Implemented", "The server does not know this method."},
    {502, "Bad Gateway", "A server behind this one gave no valid answer."},
    {503, "Service Unavailable", "The server is busy or being looked after. Try again later."},
    {504, "Gateway Timeout", "A server behind this one did not answer in time."},
    {505, "HTTP Version Not Supported", "The server does not speak this version of HTTP."},
    {507, "Insufficient Storage", "The server has no room for this."},
    {508, "Loop Detected", "The server went round in a circle."},
    {511, "Network Authentication Required", "The network needs you to log in."},
});

const status_text* text_of(int code) noexcept {
  const auto found = std::lower_bound(texts.begin(), texts.end(), code,
                                      [](const status_text& each, int c) { return each.code < c; });
  return found != texts.end() && found->code == code ? &*found : nullptr;
}

std::string describe(int code, std::string description) {
  if (code < 400 || code > 599) {
    throw std::invalid_argument("aldis: an error has a status from 400 to 599, not " +
                                std::to_string(code));
  }
  if (!description.empty()) return description;
  const status_text* const text = text_of(code);
  return std::string(text ? text->description : "Something went wrong.");
}

std::string message(int code, const std::string& description) {
  return std::to_string(code) + " " + std::string(reason_phrase(code)) + ": " + description;
}

}  // namespace

std::string_view reason_phrase(int code) noexcept {
  const status_text* const text = text_of(code);
  return text ? text->name : "Unknown";
}

http_error::http_error(int code, std::string description)
    : std::runtime_error(message(code, describe(code, description))),
      code_(code),
      description_(describe(code, std::move(description))),
      headers_(std::make_shared<headers>()) {}

http_error::http_error(int code, std::exception_ptr original) : http_error(code, std::string()) {
  original_ = std::move(original);
}

http_error::http_error(web::response response)
    : std::runtime_error("responded with " + std::to_string(response.status())),
      code_(response.status()),
      headers_(std::make_shared<headers>()),
      response_(std::make_shared<web::response>(std::move(response))) {}

http_error::http_error(const http_error&) = default;
http_error& http_error::operator=(const http_error&) = default;
http_error::~http_error() = default;

std::string_view http_error::name() const noexcept { return reason_phrase(code_); }

headers& http_error::more_headers() { return *headers_; }

response http_error::to_response() const {
  if (response_) return response_->copy();
  const std::string title = std::to_string(code_) + " " + std::string(name());
  response result("<!doctype html>\n<html lang=en>\n<title>" + detail::escape_html(title) +
                      "</title>\n<h1>" + detail::escape_html(name()) + "</h1>\n<p>" +
                      detail::escape_html(description_) + "</p>\n",
                  code_);
  for (const headers::field& each : *headers_) result.headers().add(each.name, each.value);
  return result;
}

void abort(int code, std::string description) { throw http_error(code, std::move(description)); }
void abort(response response) { throw http_error(std::move(response)); }

}  // namespace aldis::web
