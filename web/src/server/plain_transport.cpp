#include "server/basic_transport.hpp"
#include <boost/asio/post.hpp>

namespace aldis::web::detail {

namespace {

class plain_transport final : public basic_transport<tcp_socket> {
 public:
  explicit plain_transport(tcp_socket socket) : basic_transport(std::move(socket)) {}

  void open() override {
    boost::system::error_code ignored;
    ignored = stream_.non_blocking(true, ignored);
    boost::asio::post(stream_.get_executor(), [this] { get_handler().on_open(true); });
  }

  std::size_t write_now(const std::array<std::string_view, 2>& buffers) noexcept override {
    boost::system::error_code not_now;
    // One buffer costs the system less than a list of one.
    if (buffers[1].empty()) return stream_.write_some(buffer(buffers[0]), not_now);
    return stream_.write_some(std::array{buffer(buffers[0]), buffer(buffers[1])}, not_now);
  }

  void shutdown() override {
    boost::system::error_code ignored;
    ignored = stream_.shutdown(tcp_socket::shutdown_send, ignored);
    boost::asio::post(stream_.get_executor(), [this] { get_handler().on_shutdown(); });
  }
};

}  // namespace

std::unique_ptr<transport> make_plain_transport(tcp_socket socket) {
  return std::make_unique<plain_transport>(std::move(socket));
}

}  // namespace aldis::web::detail
