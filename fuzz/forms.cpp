// Queries and forms of names and values. The input is parsed as a query, as a form, and by a simple
// decoder, with the same result.

#include <aldis/web/request.hpp>

#include "fuzzing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace web = aldis::web;
using fuzzing::require;

std::string decoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdefABCDEF";
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view two = text.substr(i + 1, 2);
    if (text[i] == '%' && two.size() == 2 && two.find_first_not_of(digits) == two.npos) {
      result += static_cast<char>(std::stoi(std::string(two), nullptr, 16));
      i += 2;
    } else {
      result += text[i] == '+' ? ' ' : text[i];
    }
  }
  return result;
}

void compare(std::string_view found, std::string_view encoded, std::string_view input) {
  require(fuzzing::is_utf8(found), "it is UTF-8", input);
  const std::string expected = decoded(encoded);
  if (fuzzing::is_utf8(expected)) require(found == expected, "it is decoded", input);
}

std::string encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += {'%', digits[byte / 16U], digits[byte % 16U]};
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzzing::text_of(data, size);
  web::request request("POST", "/?" + std::string(input));
  request.headers().set("Content-Type", "application/x-www-form-urlencoded");
  request.body() = input;
  require(request.query_string() == input, "the query is as it was sent", input);

  const web::multi_dict& args = request.args();
  auto at = args.begin();
  for (const std::string_view pair : fuzzing::split(input, '&')) {
    if (pair.empty()) continue;
    require(at != args.end(), "nothing is left out", input);
    const auto [name, value] = fuzzing::split_once(pair, '=');
    compare(at->first, name, input);
    compare(at->second, value, input);
    ++at;
  }
  require(at == args.end(), "nothing is made up", input);
  require(request.form() == args, "a form is read as a query is", input);

  std::string again;
  for (const auto& [name, value] : args) {
    again += (again.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
  }
  const web::request other("GET", "/?" + again);
  require(other.args() == args, "what is encoded again is decoded the same", input);

  web::request limited("POST");
  limited.headers().set("Content-Type", "application/x-www-form-urlencoded");
  limited.body() = input;
  limited.set_form_limits({.memory = 1, .parts = 1});
  require(limited.form() == args, "the limits are those of multipart/form-data", input);
  return 0;
}
