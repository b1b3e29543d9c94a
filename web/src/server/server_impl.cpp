#include "server/server_impl.hpp"

#include <aldis/web/app.hpp>

#include "app/app_state.hpp"
#include "http/text.hpp"
#include "server/tls.hpp"
#include <boost/asio/post.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace aldis::web::detail {

namespace {

using tcp = boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds accept_retry_delay(100);

void check(bool succeeded, const char* message) {
  if (!succeeded) throw std::invalid_argument(message);
}

/// The wanted number, or less if the system allows fewer open files.
std::size_t connection_limit(std::size_t wanted) {
  constexpr std::size_t reserved = 64;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return wanted;
  const auto limit = static_cast<std::size_t>(files.rlim_cur);
  return std::clamp<std::size_t>(wanted, 1, limit > 2 * reserved ? limit - reserved : reserved);
}

server_options checked(const server_options& options, const app& app) {
  using std::chrono::milliseconds;
  check(options.max_head_size >= 256, "max_head_size must be at least 256");
  check(options.max_connections > 0, "max_connections must be at least 1");
  for (const milliseconds timeout :
       {options.head_timeout, options.body_timeout, options.idle_timeout, options.write_timeout,
        options.stop_timeout}) {
    check(timeout > milliseconds(0), "a timeout must be greater than zero");
  }
  check(options.certificate.empty() == options.private_key.empty(),
        "certificate and private_key must be given together");
  server_options result = options;
  if (const auto limit = app.config().get_if<std::int64_t>("MAX_CONTENT_LENGTH")) {
    check(*limit >= 0, "MAX_CONTENT_LENGTH must not be negative");
    result.max_body_size = static_cast<std::uint64_t>(*limit);
  }
  result.max_total_body_size = std::max(options.max_total_body_size, result.max_body_size);
  result.max_connections = connection_limit(options.max_connections);
  if (result.threads == 0) result.threads = std::max(1U, std::thread::hardware_concurrency());
  return result;
}

void write_to_stderr(std::string_view line) {
  std::string text(line);
  text.push_back('\n');
  // One write, so that lines of several threads do not interleave.
  std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace

server_impl::server_impl(app& app, const server_options& options, server_hooks hooks)
    : state_{app, checked(options, app), nullptr, "http", std::move(hooks.clock), {}, {}, {}, {}} {
  // A setting that cannot be read is reported now, not when the first client connects.
  app_state::of(app).refresh();
  if (hooks.log) {
    state_.log_access = [this, log = std::move(hooks.log)](std::string_view line) {
      const std::lock_guard lock(log_mutex_);
      log(line);
    };
    state_.log = state_.log_access;
  } else {
    state_.log_access = write_to_stderr;
    state_.log = [&app](std::string_view line) { app.logger().error(line); };
  }
  if (!options.certificate.empty()) {
    tls_ = make_tls_context(options.certificate, options.private_key);
    state_.scheme = "https";
  }
  for (unsigned i = 0; i < state_.options.threads; ++i) {
    loops_.push_back(std::make_unique<io_loop>(state_));
  }
  acceptor_.emplace(loops_.front()->io_context().get_executor());
  accept_timer_.emplace(loops_.front()->io_context());
  listen();
  app_state::of(app).end_setup(setup_end::server);
}

server_impl::~server_impl() = default;

std::string server_impl::url() const {
  const boost::asio::ip::address address = endpoint_.address();
  const std::string host = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
  return std::string(state_.scheme) + "://" + host + ":" + std::to_string(port());
}

void server_impl::run() {
  if (std::exchange(has_run_, true)) throw std::logic_error("a server runs once");
  if (state_.options.workers > 0) {
    workers_ = std::make_unique<boost::asio::thread_pool>(state_.options.workers);
    state_.workers = workers_.get();
  }
  boost::asio::post(loops_.front()->io_context(), [this] { accept(); });
  std::vector<std::thread> threads;
  threads.reserve(loops_.size());
  try {
    for (std::size_t i = 1; i < loops_.size(); ++i) {
      threads.emplace_back([&of = *loops_[i]] { of.run(); });
    }
  } catch (...) {
    stop();
    // Those that have no thread have nothing to do but to hear that.
    for (std::size_t i = threads.size() + 1; i < loops_.size(); ++i) loops_[i]->run();
    loops_.front()->run();
    for (std::thread& thread : threads) thread.join();
    throw;
  }
  loops_.front()->run();
  for (std::thread& thread : threads) thread.join();
  if (workers_) workers_->join();
}

void server_impl::stop() noexcept {
  boost::asio::post(loops_.front()->io_context(), [this] {
    // Posted to the loops after the last connections that were handed to them.
    error_code ignored;
    ignored = acceptor_->close(ignored);
    accept_timer_->cancel();
    for (const auto& each : loops_) {
      boost::asio::post(each->io_context(), [&of = *each] { of.stop(); });
    }
  });
}

void server_impl::tick() {
  for (const auto& each : loops_) {
    boost::asio::post(each->io_context(), [&of = *each] { of.tick(); });
  }
}

void server_impl::listen() {
  const server_options& options = state_.options;
  const auto fail = [&](const char* what, const error_code& error) {
    throw std::system_error(std::error_code(error),
                            what + (" " + options.host) + ":" + std::to_string(options.port));
  };
  error_code error;
  tcp::resolver resolver(loops_.front()->io_context());
  const auto found =
      resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
  if (error) fail("cannot find the address", error);
  const tcp::endpoint endpoint = found.begin()->endpoint();
  try {
    acceptor_->open(endpoint.protocol());
    acceptor_->set_option(tcp::acceptor::reuse_address(true));
    acceptor_->bind(endpoint);
    acceptor_->listen(tcp::acceptor::max_listen_connections);
  } catch (const boost::system::system_error& failure) {
    fail("cannot listen on", failure.code());
  }
  endpoint_ = acceptor_->local_endpoint();
}

void server_impl::accept() {
  if (!acceptor_->is_open()) return;
  io_loop& next = *loops_[next_++ % loops_.size()];
  acceptor_->async_accept(next.io_context().get_executor(), client_,
                          [this, &next](const error_code& error, tcp_socket socket) {
                            if (!error) {
                              hand_over(next, std::move(socket));
                            } else if (error == boost::asio::error::operation_aborted) {
                              return;
                            } else if (error != boost::asio::error::connection_aborted) {
                              // No descriptors or no memory: both come back when clients go.
                              state_.log("Cannot accept a connection: " + error.message());
                              return accept_later();
                            }
                            accept();
                          });
}

void server_impl::accept_later() {
  accept_timer_->expires_after(accept_retry_delay);
  accept_timer_->async_wait([this](const error_code& error) {
    if (!error) accept();
  });
}

void server_impl::hand_over(io_loop& to, tcp_socket socket) {
  error_code ignored;
  ignored = socket.set_option(tcp::no_delay(true), ignored);
  const std::size_t limit = state_.options.max_connections;
  const std::size_t others = state_.connections.fetch_add(1, std::memory_order_relaxed);
  // Connections that get a 503 count as well, while they are open.
  if (others >= limit + limit / 8 + 16) {
    state_.connections.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  boost::asio::post(to.io_context(),
                    [this, &to, socket = std::move(socket), client = client_.address().to_string(),
                     full = others >= limit]() mutable {
                      std::unique_ptr<transport> made;
                      try {
                        made = tls_ ? make_tls_transport(std::move(socket), *tls_)
                                    : make_plain_transport(std::move(socket));
                      } catch (const std::exception& error) {
                        state_.log("Cannot serve a connection: " + escape_control(error.what()));
                        state_.connections.fetch_sub(1, std::memory_order_relaxed);
                        return;
                      }
                      to.add(std::move(made), std::move(client), full);
                    });
}

}  // namespace aldis::web::detail
