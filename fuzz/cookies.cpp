// Cookies: any header of a client is parsed safely, and a cookie that is set is read back
// unchanged. The input is a Cookie header; a value, a path and a domain; and a date.

#include <aldis/web/cookie.hpp>
#include <aldis/web/request.hpp>

#include "fuzzing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

namespace web = aldis::web;
using fuzzing::require;

void read_anything(std::string_view input) {
  web::request request;
  try {
    request.headers().add("Cookie", input);
  } catch (const std::invalid_argument&) {
    return;  // not valid in a header
  }
  std::size_t expected = 0;
  for (const std::string_view pair : fuzzing::split(input, ';')) {
    const std::string_view name = fuzzing::split_once(pair, '=').first;
    if (name.find_first_not_of(" \t") != name.npos) ++expected;
  }
  // A semicolon in quotes is not a separator.
  const bool is_quoted = input.find('"') != input.npos;
  require(is_quoted ? request.cookies().size() <= expected : request.cookies().size() == expected,
          "every pair is a cookie", input);
  for (const auto& [name, value] : request.cookies()) {
    require(fuzzing::is_utf8(name) && fuzzing::is_utf8(value), "a cookie is UTF-8", input);
  }
}

void set_and_read(std::string_view input) {
  const std::string line = web::set_cookie_value("name", input);
  require(!fuzzing::has_control(line), "nothing gets into a header that must not", input);
  const std::string_view pair = fuzzing::split_once(line, ';').first;
  require(line == std::string(pair) + "; Path=/", "a value adds no attribute", input);
  web::request request;
  request.headers().add("Cookie", pair);
  require(request.cookies().size() == 1, "one cookie is one", input);
  if (fuzzing::is_utf8(input)) {
    require(request.cookies()["name"] == input, "a value comes back", input);
  }
}

void set_attributes(std::string_view input) {
  const std::string_view half = input.substr(0, input.size() / 2);
  try {
    const std::string line = web::set_cookie_value(
        "name", "value", {.path = std::string(half), .domain = std::string(input)});
    require(!fuzzing::has_control(line), "nothing gets into a header that must not", input);
    const auto attributes = std::count(line.begin(), line.end(), ';');
    require(attributes == (half.empty() ? 0 : 1) + (input.empty() ? 0 : 1),
            "an attribute adds no other", input);
  } catch (const std::invalid_argument&) {
    require(fuzzing::has_control(input) || input.find_first_of(";\t") != input.npos ||
                std::any_of(input.begin(), input.end(), [](char c) { return (c & 0x80) != 0; }),
            "it is refused for a reason", input);
  }
  try {
    web::set_cookie_value(input, "value");
  } catch (const std::invalid_argument&) {
    require(input.empty() ||
                input.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != input.npos,
            "a plain name is one", input);
  }
}

void read_date(std::string_view input) {
  const auto when = web::from_http_date(input);
  if (!when) return;
  const std::string text = web::http_date(*when);
  require(web::from_http_date(text) == when, "a date is what it says", input);
  // Any day of the week is accepted, a second may be a leap second, and there are two older
  // formats.
  if (input[3] == ',' && input.substr(23, 2) != "60") {
    require(text.substr(4) == input.substr(4), "a date comes back", input);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzzing::text_of(data, size);
  read_anything(input);
  set_and_read(input);
  set_attributes(input);
  read_date(input);
  return 0;
}
