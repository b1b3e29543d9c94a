#include <aldis/web/app.hpp>

#include "client.hpp"
#include "responses.hpp"
#include "running_server.hpp"
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace web = aldis::web;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

/// A key and a self-signed certificate for localhost, in two files.
class credentials {
 public:
  credentials() {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no folder");
    std::string curve = "P-256";
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve.data()), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> one(X509_new(), X509_free);
    X509_set_version(one.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(one.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(one.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(one.get()), 3600);
    X509_set_pubkey(one.get(), key.get());
    const std::string name = "localhost";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(one.get()), "CN", MBSTRING_UTF8,
                               std::vector<unsigned char>(name.begin(), name.end()).data(),
                               static_cast<int>(name.size()), -1, 0);
    X509_set_issuer_name(one.get(), X509_get_subject_name(one.get()));
    X509_sign(one.get(), key.get(), EVP_sha256());
    write(certificate(), [&](std::FILE* to) { PEM_write_X509(to, one.get()); });
    write(private_key(), [&](std::FILE* to) {
      PEM_write_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  credentials(const credentials&) = delete;
  credentials& operator=(const credentials&) = delete;
  ~credentials() {
    unlink(certificate().c_str());
    unlink(private_key().c_str());
    rmdir(folder_.c_str());
  }

  std::string certificate() const { return folder_ + "/certificate.pem"; }
  std::string private_key() const { return folder_ + "/key.pem"; }

 private:
  template <class Write>
  static void write(const std::string& path, Write to) {
    std::FILE* const file = std::fopen(path.c_str(), "w");
    if (file == nullptr) throw std::runtime_error("cannot write " + path);
    to(file);
    std::fclose(file);
  }

  std::string folder_ = "/tmp/aldis.XXXXXX";
};

/// A client that trusts this certificate.
class tls_client {
 public:
  tls_client(std::uint16_t port, const credentials& trusted) {
    tls_.load_verify_file(trusted.certificate());
    tls_.set_verify_mode(asio::ssl::verify_peer);
    stream_.emplace(context_, tls_);
    stream_->next_layer().connect({asio::ip::address_v4::loopback(), port});
    stream_->handshake(asio::ssl::stream_base::client);
  }

  /// Sends bytes, and returns everything up to the server's close_notify.
  std::string ask(const std::string& bytes) {
    asio::write(*stream_, asio::buffer(bytes));
    std::string result;
    boost::system::error_code error;
    asio::read(*stream_, asio::dynamic_buffer(result), error);
    // Ended by close_notify, not truncated.
    CHECK(error == asio::error::eof);
    return result;
  }

  /// Whether the socket below TLS has data or has ended.
  bool readable() {
    pollfd one{stream_->next_layer().native_handle(), POLLIN, 0};
    return poll(&one, 1, 1) > 0;
  }

 private:
  asio::io_context context_;
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<asio::ip::tcp::socket>> stream_;
};

struct secure_site {
  secure_site() {
    app.get("/", [](web::request& request) { return std::string(request.scheme()); });
    app.get("/large", [] { return std::string(1'000'000, 'x'); });
  }

  web::app app;
  credentials its;
};

}  // namespace

TEST_CASE("a server with a certificate uses TLS") {
  secure_site it;
  running_server server(
      it.app,
      {.threads = 1, .certificate = it.its.certificate(), .private_key = it.its.private_key()});
  CHECK(server.url() == "https://127.0.0.1:" + std::to_string(server.port()));

  const std::string result =
      tls_client(server.port(), it.its)
          .ask(
              "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /large HTTP/1.1\r\nHost: a\r\n"
              "Connection: close\r\n\r\n");
  CHECK(responses(result) == texts{"200 https", "200 1000000 bytes (closes)"});
}

TEST_CASE("clients that do not use TLS are disconnected, and others are served") {
  secure_site it;
  running_server server(
      it.app,
      {.threads = 1, .certificate = it.its.certificate(), .private_key = it.its.private_key()});
  client plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string heard = plain.receive_all();
  CHECK(heard.find("HTTP") == std::string::npos);
  client silent(server.port());
  client leaving(server.port());
  leaving.send("\x16\x03");
  leaving.reset();

  CHECK(responses(tls_client(server.port(), it.its).ask("GET / HTTP/1.0\r\n\r\n")) ==
        texts{"200 https (closes)"});
  server.advance_until_readable(silent);
  CHECK(silent.receive_all().empty());
}

TEST_CASE("a client that never sends close_notify is disconnected after a while") {
  secure_site it;
  running_server server(it.app, {.threads = 1,
                                 .write_timeout = 10'000h,
                                 .certificate = it.its.certificate(),
                                 .private_key = it.its.private_key()});
  tls_client silent(server.port(), it.its);
  CHECK(responses(silent.ask("GET / HTTP/1.0\r\n\r\n")) == texts{"200 https (closes)"});
  server.advance_until_readable(silent);
  CHECK(silent.readable());
}

TEST_CASE("a certificate and a key that do not match are rejected") {
  secure_site it;
  const credentials other;
  const auto mixed = [&] {
    const aldis::web::detail::server_impl one(
        it.app,
        {.port = 0, .certificate = it.its.certificate(), .private_key = other.private_key()});
  };
  CHECK_THROWS_AS(mixed(), std::runtime_error);
}
