#include "server/basic_transport.hpp"
#include "server/tls.hpp"
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <stdexcept>

namespace aldis::web::detail {

namespace {

using tls_stream = boost::asio::ssl::stream<tcp_socket>;

class tls_transport final : public basic_transport<tls_stream> {
 public:
  tls_transport(tcp_socket socket, boost::asio::ssl::context& context)
      : basic_transport(std::move(socket), context) {}

  void open() override {
    stream_.async_handshake(
        boost::asio::ssl::stream_base::server,
        [this](const boost::system::error_code& error) { get_handler().on_open(!error); });
  }

  void shutdown() override {
    // Sends close_notify and waits for the client's. A client that never sends one runs into the
    // timeout.
    stream_.async_shutdown([this](const boost::system::error_code&) {
      boost::system::error_code ignored;
      ignored = stream_.lowest_layer().shutdown(tcp_socket::shutdown_send, ignored);
      get_handler().on_shutdown();
    });
  }

 private:
  bool is_end(const boost::system::error_code& error) const override {
    return error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated;
  }
};

}  // namespace

std::unique_ptr<transport> make_tls_transport(tcp_socket socket,
                                              boost::asio::ssl::context& context) {
  return std::make_unique<tls_transport>(std::move(socket), context);
}

std::shared_ptr<boost::asio::ssl::context> make_tls_context(const std::string& certificate,
                                                            const std::string& private_key) {
  using ssl_context = boost::asio::ssl::context;
  auto context = std::make_shared<ssl_context>(ssl_context::tls_server);
  context->set_options(ssl_context::default_workarounds | ssl_context::no_sslv2 |
                       ssl_context::no_sslv3 | ssl_context::no_tlsv1 | ssl_context::no_tlsv1_1 |
                       SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  const auto check = [](const boost::system::error_code& error, const std::string& what) {
    if (error) throw std::runtime_error("cannot use the " + what + ": " + error.message());
  };
  boost::system::error_code error;
  check(context->use_certificate_chain_file(certificate, error), "certificate " + certificate);
  check(context->use_private_key_file(private_key, ssl_context::pem, error),
        "private key " + private_key);
  return context;
}

}  // namespace aldis::web::detail
