#include <aldis/web/server.hpp>

#include "server/server_impl.hpp"

namespace aldis::web {

server::server(app& app, const server_options& options)
    : impl_(std::make_unique<detail::server_impl>(app, options)) {}

server::~server() = default;

std::uint16_t server::port() const noexcept { return impl_->port(); }
std::string server::url() const { return impl_->url(); }
void server::run() { impl_->run(); }
void server::stop() noexcept { impl_->stop(); }

}  // namespace aldis::web
