#pragma once

#include <aldis/web/server_options.hpp>

#include "server/loop.hpp"
#include "server/transport.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The wire between a client without a socket and its connection.
struct wire {
  // What the client does.
  std::string to_server;
  std::size_t at_once = std::string::npos;  // so much is read at a time
  bool ends = false;
  bool resets = false;
  bool takes = true;              // what the server writes
  std::size_t takes_at_once = 0;  // as many bytes of it without being waited for

  // What came of it.
  std::string to_client;
  std::vector<std::size_t> writes;  // their sizes
  bool shut = false;
  bool closed = false;
  bool gone = false;  // the connection is destroyed

  // What waits for an answer.
  aldis::web::detail::transport::user* user = nullptr;
  bool opening = false;
  bool writing = false;
  bool shutting = false;
  bool reading = false;
  std::array<std::string_view, 2> pieces;
  char* read_to = nullptr;
  std::size_t most = 0;
};

class wire_transport final : public aldis::web::detail::transport {
 public:
  explicit wire_transport(std::shared_ptr<wire> to) : wire_(std::move(to)) {}
  ~wire_transport() override {
    wire_->gone = true;
    wire_->user = nullptr;
  }

  void open() override {
    wire_->user = &of();
    wire_->opening = true;
  }
  void read(char* to, std::size_t most) override {
    wire_->reading = true;
    wire_->read_to = to;
    wire_->most = most;
  }
  std::size_t write_now(const std::array<std::string_view, 2>& pieces) noexcept override {
    const std::string both = std::string(pieces[0]).append(pieces[1]);
    wire_->to_client.append(both, 0, wire_->takes_at_once);
    return std::min(both.size(), wire_->takes_at_once);
  }
  void write(const std::array<std::string_view, 2>& pieces) override {
    wire_->writing = true;
    wire_->pieces = pieces;
  }
  void shut() override { wire_->shutting = true; }
  peer_state peer() noexcept override {
    if (wire_->resets) return peer_state::gone;
    return wire_->ends ? peer_state::half_closed : peer_state::open;
  }
  void close() noexcept override { wire_->closed = true; }

 private:
  std::shared_ptr<wire> wire_;
};

/// A loop with connections, in one thread and in a time of its own: whatever happens, happens in
/// the call that makes it happen.
class stage {
 public:
  explicit stage(aldis::web::app& app,
                 const aldis::web::server_options& options = {.access_log = false})
      : shared_{app,       options,   nullptr, "http", [this] { return now_; },
                logging(), logging(), {},      {}},
        loop_(shared_) {}
  ~stage() {
    loop_.stop();
    loop_.stop();
    settle();
  }

  wire& connect(bool full = false) {
    wires_.push_back(std::make_shared<wire>());
    loop_.add(std::make_unique<wire_transport>(wires_.back()), "192.0.2.1", full);
    settle();
    return *wires_.back();
  }

  wire& says(wire& client, std::string_view bytes) {
    client.to_server += bytes;
    settle();
    return client;
  }

  void pass(std::chrono::milliseconds time) {
    now_ += time;
    loop_.tick();
    settle();
  }

  void stop() {
    loop_.stop();
    settle();
  }

  /// Lets everything happen that can.
  void settle() {
    while (one_step()) {
    }
  }

  void forget_gone() {
    std::erase_if(wires_, [](const auto& each) { return each->gone; });
  }

  std::size_t connections() const { return loop_.size(); }
  std::uint64_t body_bytes() const { return shared_.body_bytes; }
  boost::asio::io_context& context() { return loop_.context(); }

  std::vector<std::string> log;

 private:
  std::function<void(std::string_view)> logging() {
    return [this](std::string_view line) { log.emplace_back(line); };
  }

  bool one_step() {
    for (const auto& each : wires_) {
      if (each->user != nullptr && step(*each)) return true;
    }
    return loop_.context().poll() > 0;
  }

  static bool step(wire& on) {
    using outcome = aldis::web::detail::transport::outcome;
    aldis::web::detail::transport::user& user = *on.user;
    if (on.opening) {
      on.opening = false;
      user.has_opened(!on.closed);
    } else if (on.writing && (on.takes || on.closed)) {
      on.writing = false;
      if (!on.closed) {
        on.to_client.append(on.pieces[0]).append(on.pieces[1]);
        on.writes.push_back(on.pieces[0].size() + on.pieces[1].size());
      }
      user.has_written(!on.closed);
    } else if (on.shutting) {
      on.shutting = false;
      on.shut = true;
      user.has_shut();
    } else if (on.reading && (on.closed || on.resets)) {
      on.reading = false;
      user.has_read(outcome::failed, 0);
    } else if (on.reading && !on.to_server.empty()) {
      on.reading = false;
      const std::size_t size = std::min({on.most, on.at_once, on.to_server.size()});
      on.to_server.copy(on.read_to, size);
      on.to_server.erase(0, size);
      user.has_read(outcome::data, size);
    } else if (on.reading && on.ends) {
      on.reading = false;
      user.has_read(outcome::end, 0);
    } else {
      return false;
    }
    return true;
  }

  aldis::web::detail::time_point now_{};
  std::vector<std::shared_ptr<wire>> wires_;
  aldis::web::detail::shared_by_loops shared_;
  aldis::web::detail::loop loop_;
};
