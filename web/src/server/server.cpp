#include <aldis/web/server.hpp>

#include "server/engine.hpp"

namespace aldis::web {

server::server(app& serves, const server_options& options)
    : engine_(std::make_unique<detail::engine>(serves, options)) {}

server::~server() = default;

std::uint16_t server::port() const noexcept { return engine_->port(); }
std::string server::url() const { return engine_->url(); }
void server::run() { engine_->run(); }
void server::stop() noexcept { engine_->stop(); }

}  // namespace aldis::web
