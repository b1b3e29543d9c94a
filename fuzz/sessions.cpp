// The cookie of a session: an unsigned one is never accepted; a signed one is parsed safely,
// whatever its content, and is the same when it is signed and parsed again.
//
// The first byte of an input says what the rest is: a complete cookie, text to sign, or bytes to
// sign as if compressed.

#include <aldis/templates/value.hpp>
#include <aldis/web/session.hpp>

#include "fuzzing.hpp"
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace web = aldis::web;
using fuzzing::require;

constexpr std::int64_t now = 1'760'000'000;
const std::vector<std::string> secrets{"secret", "an older one"};

std::string sha1_mac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is how OpenSSL takes text
  const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes, text.size(), mac.data(), &size);
  return {mac.begin(), mac.begin() + size};
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (std::size_t bit = 0; bit < 8 * bytes.size(); bit += 6) {
    unsigned index = 0;
    for (std::size_t i = bit; i < bit + 6; ++i) {
      const auto byte = i / 8 < bytes.size() ? static_cast<unsigned char>(bytes[i / 8]) : 0U;
      index = index * 2 + (byte >> (7 - i % 8) & 1U);
    }
    text += letters[index];
  }
  return text;
}

std::string signed_cookie(const std::string& payload) {
  const std::string time{0x68, static_cast<char>(0xe7), 0x70, 0x00};  // a little before `now`
  const std::string text = payload + "." + base64(time);
  return text + "." + base64(sha1_mac(sha1_mac(secrets[1], "cookie-session"), text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input = fuzzing::text_of(data + 1, size - 1);
  const unsigned kind = data[0] % 3U;
  if (kind == 0) {
    require(!web::read_session(input, secrets, now), "a signature cannot be guessed", input);
    return 0;
  }
  const std::string cookie = signed_cookie((kind == 2 ? "." : "") + base64(input));
  const auto values = web::read_session(cookie, secrets, now);
  if (!values) return 0;
  // The last letter has unused bits.
  for (std::size_t i = 0; i + 1 < cookie.size(); i += 7) {
    std::string other = cookie;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    require(!web::read_session(other, secrets, now), "a changed cookie is not taken", input);
  }
  require(!web::read_session(cookie, {"another"}, now), "a secret is needed", input);
  require(!web::read_session(cookie, secrets, now, 0), "an old cookie is not taken", input);

  const std::string again = web::sign_session(*values, secrets[0], now);
  const auto same = web::read_session(again, secrets, now);
  require(same.has_value(), "what is signed can be read", input);
  require(web::sign_session(*same, secrets[0], now) == again, "what is read is what was signed",
          input);
  return 0;
}
