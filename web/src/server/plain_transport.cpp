#include "server/basic_transport.hpp"
#include <boost/asio/post.hpp>

namespace aldis::web::detail {

namespace {

class plain_transport final : public basic_transport<tcp_socket> {
 public:
  plain_transport(tcp_socket socket, user& of) : basic_transport(of, std::move(socket)) {}

  void open() override {
    boost::asio::post(stream_.get_executor(), [this] { user_.has_opened(true); });
  }

  void shut() override {
    boost::system::error_code ignored;
    stream_.shutdown(tcp_socket::shutdown_send, ignored);
    boost::asio::post(stream_.get_executor(), [this] { user_.has_shut(); });
  }
};

}  // namespace

std::unique_ptr<transport> make_plain_transport(tcp_socket socket, transport::user& of) {
  return std::make_unique<plain_transport>(std::move(socket), of);
}

}  // namespace aldis::web::detail
