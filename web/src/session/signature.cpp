#include "signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace aldis::web::detail {

namespace {

struct free_mac {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};
using mac = std::unique_ptr<EVP_MAC, free_mac>;
using mac_context = std::unique_ptr<EVP_MAC_CTX, free_mac>;

mac_context make_context() {
  // Fetching the algorithm is slow, so it is done once.
  static const mac hmac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return mac_context(hmac ? EVP_MAC_CTX_new(hmac.get()) : nullptr);
}

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string hmac_sha1(std::string_view key, std::string_view message) {
  static thread_local const mac_context context = make_context();
  std::array<char, 5> digest{"SHA1"};
  const std::array parameters{OSSL_PARAM_construct_utf8_string("digest", digest.data(), 0),
                              OSSL_PARAM_construct_end()};
  std::string result(20, '\0');
  std::size_t size = 0;
  auto* const out = reinterpret_cast<unsigned char*>(result.data());
  const bool done = context &&
                    EVP_MAC_init(context.get(), bytes_of(key), key.size(), parameters.data()) &&
                    EVP_MAC_update(context.get(), bytes_of(message), message.size()) &&
                    EVP_MAC_final(context.get(), out, &size, result.size());
  if (!done || size != result.size()) {
    throw std::runtime_error("aldis: OpenSSL cannot make a signature");
  }
  return result;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aldis::web::detail
