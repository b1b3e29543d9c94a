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
    {401, "Unauthorized", "You must log in to see this page."},
    {402, "Payment Required", "This page requires payment."},
    {403, "Forbidden", "You are not allowed to see this page."},
    {404, "Not Found", "There is no page at this address."},
    {405, "Method Not Allowed", "This page does not allow this method."},
    {406, "Not Acceptable", "There is no version of this page that your browser accepts."},
    {407, "Proxy Authentication Required", "You must log in to the proxy."},
    {408, "Request Timeout", "The request took too long to arrive."},
    {409, "Conflict", "The request conflicts with the state of this page."},
    {410, "Gone", "This page has been removed."},
    {411, "Length Required", "The request must have a length."},
    {412, "Precondition Failed", "A condition of the request is not met."},
    {413, "Content Too Large", "The request is larger than the server allows."},
    {414, "URI Too Long", "The address is longer than the server allows."},
    {415, "Unsupported Media Type", "This page does not support the type of the request."},
    {416, "Range Not Satisfiable", "The requested range is outside of the file."},
    {417, "Expectation Failed", "The server cannot meet the expectation of the request."},
    {418, "I'm a teapot", "This server is a teapot."},
    {421, "Misdirected Request", "This server does not serve this host."},
    {422, "Unprocessable Content", "The request is well formed, but its content is invalid."},
    {423, "Locked", "This page is locked."},
    {424, "Failed Dependency", "Another request that this one depends on has failed."},
    {425, "Too Early", "The server does not process early data for this request."},
    {426, "Upgrade Required", "This page needs another protocol."},
    {428, "Precondition Required", "The request must be conditional."},
    {429, "Too Many Requests", "You have sent too many requests."},
    {431, "Request Header Fields Too Large", "The header is larger than the server allows."},
    {451, "Unavailable For Legal Reasons", "This page is unavailable for legal reasons."},
    {500, "Internal Server Error", "Something went wrong in the server."},
    {501, "Not Implemented", "The server does not know this method."},
    {502, "Bad Gateway", "An upstream server sent an invalid response."},
    {503, "Service Unavailable", "The server is busy or under maintenance. Try again later."},
    {504, "Gateway Timeout", "An upstream server did not respond in time."},
    {505, "HTTP Version Not Supported", "The server does not support this version of HTTP."},
    {507, "Insufficient Storage", "The server has no space to store this."},
    {508, "Loop Detected", "The server detected an infinite loop."},
    {511, "Network Authentication Required", "You must log in to the network."},
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
