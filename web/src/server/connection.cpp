#include "server/connection.hpp"

#include <aldis/web/http_error.hpp>
#include <aldis/web/logger.hpp>

#include "app/exception_text.hpp"
#include "http/headers_access.hpp"
#include "http/text.hpp"
#include "server/access_log.hpp"
#include "server/io_loop.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

namespace aldis::web::detail {

namespace {

constexpr std::size_t default_input_size = 4UL * 1024;
constexpr std::size_t max_input_size = 64UL * 1024;
// Responses to pipelined requests are gathered up to this size.
constexpr std::size_t output_batch_size = 64UL * 1024;
// A body up to this size is copied behind its head; a larger one is sent without a copy.
constexpr std::size_t max_copied_body = 16UL * 1024;
// What must be sent, and what must be received of a body, within one timeout.
constexpr std::size_t max_write_size = 64UL * 1024;
constexpr std::uint64_t body_timeout_step = 16UL * 1024;
// A body up to this size needs no reservation, so that forms are accepted during large uploads.
constexpr std::uint64_t max_unreserved_body = 16UL * 1024;
// If a request has no handler, a body up to this size is read, to keep the connection.
constexpr std::uint64_t max_unhandled_body = 64UL * 1024;
// After a request or response of this size, memory is returned to the system.
constexpr std::size_t trim_threshold = 1024UL * 1024;
constexpr std::string_view retry_after = "5";  // seconds
// After the last response this much input is dropped, or as much as a body may have, so that the
// client can read that response.
constexpr std::size_t max_dropped_size = 1024UL * 1024;
// A stream that has nothing to send is asked again after a pause that doubles each time.
constexpr std::chrono::milliseconds min_pause(1);
constexpr std::chrono::milliseconds max_pause(250);
// It is ended after this time if the server stops, or if the client may have gone.
constexpr std::chrono::milliseconds max_stream_idle(1000);

bool asks_to_close(const response& response) {
  return same_without_case(response.headers()["Connection"], "close");
}

}  // namespace

connection::connection(io_loop& loop, std::unique_ptr<transport> to, std::string client)
    : loop_(loop),
      client_(std::move(client)),
      transport_(std::move(to)),
      exchange_(loop.server().serves, loop.io_context(), loop.server().workers),
      reader_({loop.server().options.max_head_size, loop.server().options.max_body_size}) {
  transport_->set_handler(*this);
}

connection::~connection() {
  if (responding_) exchange_.end();
  release_body();
}

template <class Step>
void connection::run_step(Step step) noexcept {
  ++step_depth_;
  try {
    step();
  } catch (...) {
    const std::string during =
        handling_ || responding_ ? " during " + request_line(exchange_.request()) : "";
    loop_.server().log("A connection was closed" + during + ": " +
                       describe(std::current_exception()));
    close();
  }
  // Cancelling a handler may end it, which is a step within this one.
  if (--step_depth_ == 0 && closed_ && !busy_ && !reading_ && !handling_) loop_.remove(*this);
}

void connection::start() {
  run_step([this] { open(); });
}

void connection::start_full() {
  run_step([this] {
    reject(503, "The server has too many connections.");
    open();
  });
}

void connection::open() {
  busy_ = true;
  start_timeout(timeout::write);
  transport_->open();
}

void connection::stop() {
  run_step([this] {
    stopping_ = true;
    // A client in the middle of a head gets no response, just as one that has sent nothing.
    if (!busy_ && !handling_ && !lingering_ && reader_.now() == request_reader::state::head)
      close();
  });
}

void connection::abandon() {
  run_step([this] { close(); });
}

void connection::on_timeout(timeout which) {
  run_step([&] {
    pending_timeout_.reset();
    if (which == timeout::head) {
      reject(408, "The request head did not arrive in time.");
    } else if (which == timeout::body) {
      reject(408, "The request body did not arrive in time.");
    } else {
      return close();
    }
    advance();
  });
}

void connection::on_open(bool succeeded) {
  run_step([&] {
    busy_ = false;
    cancel_timeout();
    if (!succeeded) return close();
    advance();
  });
}

void connection::on_read(transport::read_result result, std::size_t size) {
  run_step([&] {
    reading_ = false;
    if (closed_) return;
    if (result == transport::read_result::failed) return close();
    if (result == transport::read_result::end) input_ended_ = true;
    input_end_ += size;
    if (lingering_) return linger();
    advance();
  });
}

void connection::on_write(bool succeeded) {
  run_step([&] {
    busy_ = false;
    cancel_timeout();
    if (!succeeded) return close();
    if (closed_) return;
    end_write();
    advance();
  });
}

void connection::on_shutdown() {
  run_step([&] {
    busy_ = false;
    if (closed_) return;
    lingering_ = true;
    start_timeout(timeout::close);
    linger();
  });
}

bool connection::accepts_requests() const noexcept {
  return !no_more_requests_ && !(stopping_ && reader_.now() == request_reader::state::head);
}

void connection::advance() {
  while (!closed_ && !busy_ && !handling_) {
    if (producing_ && !paused_) produce_body();
    if (closed_) return;
    if (flush_ || !output_body_.empty() || output_.size() >= output_batch_size) {
      write();
    } else if (paused_) {
      break;
    } else if (!accepts_requests() || !consume_input()) {
      if (handling_) break;
      if (!output_.empty()) {
        write();
      } else if (!accepts_requests()) {
        busy_ = true;
        start_timeout(timeout::close);
        transport_->shutdown();
      } else if (input_ended_) {
        return close();
      } else {
        wait_for_input();
        break;
      }
    }
  }
  // Responses do not wait for the handler of a later pipelined request.
  if (handling_ && !closed_ && !busy_ && !output_.empty()) write();
  if (!closed_ && !busy_ && !reading_ && !input_ended_) read();
}

bool connection::consume_input() {
  using state = request_reader::state;
  const state before = reader_.now();
  const std::string_view input(input_.get() + input_begin_, input_end_ - input_begin_);
  const std::size_t taken = reader_.read(input);
  const state now = reader_.now();
  const bool has_head = before == state::head && (now == state::body || now == state::complete);
  if (has_head) process_head();
  if (no_more_requests_) return true;
  input_begin_ += taken;
  if (now == state::rejected) {
    reject(reader_.error().status, reader_.error().reason);
    return true;
  }
  const bool expects_continue =
      has_head && reader_.head().expects_continue && taken == input.size();
  if (now == state::body && !wants_body(expects_continue)) {
    // What was read of it is dropped; what still comes could be taken for a request, so the
    // connection is closed after the response.
    std::string().swap(reader_.body());
    keep_alive_ = false;
    handle();
    return true;
  }
  if (!reserve_body(has_head)) {
    reject(503, "The server has too many request bodies in memory.");
    return true;
  }
  if (now == state::complete) {
    handle();
    return true;
  }
  if (expects_continue) output_.append("HTTP/1.1 100 Continue\r\n\r\n");
  body_received_ += taken;
  return before != now;
}

bool connection::wants_body(bool expects_continue) noexcept {
  if (has_handler_) return true;
  const std::uint64_t length = reader_.head().content_length.value_or(0);
  return !expects_continue &&
         std::max<std::uint64_t>(length, reader_.body().size()) <= max_unhandled_body;
}

bool connection::reserve_body(bool head_just_read) noexcept {
  // As soon as the head is read: a body that was accepted is not rejected halfway.
  const std::uint64_t size = head_just_read ? reader_.head().content_length.value_or(0)
                                            : std::uint64_t{reader_.body().size()};
  if (size <= std::max(max_unreserved_body, body_reserved_)) return true;
  server_state& server = loop_.server();
  const std::uint64_t more = size - body_reserved_;
  if (server.body_bytes.fetch_add(more, std::memory_order_relaxed) + more >
      server.options.max_total_body_size) {
    server.body_bytes.fetch_sub(more, std::memory_order_relaxed);
    return false;
  }
  body_reserved_ = size;
  return true;
}

void connection::release_body() noexcept {
  if (body_reserved_ == 0) return;
  loop_.server().body_bytes.fetch_sub(std::exchange(body_reserved_, 0), std::memory_order_relaxed);
}

void connection::process_head() {
  const request_head& head = reader_.head();
  version_ = head.version;
  keep_alive_ = head.keep_alive;
  head_only_ = head.method == "HEAD";
  body_received_ = 0;
  if (loop_.server().options.access_log) {
    request_line_.assign(head.text.substr(0, head.text.find('\r')));
  }

  web::request& request = exchange_.request();
  request.set_method(head.method);
  request.set_version(head.version);
  request.set_scheme(loop_.server().scheme);
  request.set_remote_address(client_);
  headers_access::assign_checked(request.headers(), head.text, head.fields);
  // The host of an absolute target replaces the field (RFC 9112, 3.2.2).
  if (head.absolute) {
    headers_access::set_checked(request.headers(), "Host", head.host);
  }
  try {
    request.set_target(head.target);
  } catch (const http_error& error) {
    return reject(error.code(), error.description());
  }
  has_handler_ = !head.has_body() || (head.target != "*" && exchange_.route());
}

void connection::handle() {
  cancel_timeout();
  exchange_.request().body().swap(reader_.body());
  // "OPTIONS *" asks about the server, not about the application.
  if (exchange_.request().target() == "*") {
    exchange_.response().headers().remove("Content-Type");
    return on_handled();
  }
  handling_ = true;
  bool done = false;
  try {
    done = exchange_.start([this] {
      run_step([this] {
        on_handled();
        advance();
      });
    });
  } catch (...) {
    handling_ = false;
    throw;
  }
  if (done) on_handled();
}

void connection::on_handled() {
  handling_ = false;
  responding_ = true;
  if (exchange_.error()) {
    loop_.server().log("Exception on " + request_line(exchange_.request()) + ": " +
                       describe(exchange_.error()));
  }
  if (!closed_) begin_response();
}

void connection::begin_response() {
  const response& response = exchange_.response();
  const bool keeps = keep_alive_ && !stopping_ && !asks_to_close(response);
  framing_ = append_head(output_, response, {version_, head_only_, keeps, loop_.date()});
  if (!keeps || framing_ == body_framing::until_close) no_more_requests_ = true;

  if (framing_ == body_framing::none) {
    end_response();
  } else if (response.file() || response.source() != nullptr) {
    file_position_ = 0;
    producing_ = true;
  } else if (response.body().size() <= max_copied_body) {
    output_.append(response.body());
    end_response();
  } else {
    output_body_ = response.body();
  }
}

void connection::produce_body() {
  const response& response = exchange_.response();
  flush_ = true;
  if (response.file()) {
    const std::uint64_t left = response.file()->size() - file_position_;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, max_write_size));
    if (size > 0) file_position_ += response.file()->read(output_, file_position_, size);
    producing_ = file_position_ < response.file()->size();
  } else {
    chunk_.clear();
    producing_ = response.source()->next(chunk_);
    if (chunk_.empty() && producing_) return pause_stream();
    pause_ = {};
    idle_since_.reset();
    if (framing_ == body_framing::chunked) {
      append_chunk(output_, chunk_);
      if (!producing_) output_.append(last_chunk);
    } else {
      output_.append(chunk_);
    }
  }
  if (!producing_) end_response();
}

void connection::pause_stream() {
  const time_point now = loop_.server().now();
  if (!idle_since_) idle_since_ = now;
  const transport::peer_state peer = transport_->peer();
  // Nothing is sent, so no write can fail: a client that has closed its socket looks like one that
  // has closed its sending half.
  const bool may_be_in_vain = stopping_ || input_ended_ || peer != transport::peer_state::open;
  if (peer == transport::peer_state::gone ||
      (may_be_in_vain && now - *idle_since_ >= max_stream_idle)) {
    return close();
  }
  pause_ = std::clamp(2 * pause_, min_pause, max_pause);
  loop_.set_timer(wake_up_, pause_);
  paused_ = true;
  flush_ = !output_.empty();
}

void connection::resume() {
  run_step([this] {
    if (paused_) {
      paused_ = false;
      advance();
    } else if (handling_ && !reading_) {
      if (transport_->peer() == transport::peer_state::gone) return close();
      loop_.set_timer(wake_up_, max_stream_idle);
    }
  });
}

void connection::end_response() {
  const server_state& server = loop_.server();
  if (server.options.access_log) {
    server.log_access(access_line(client_, request_line_, exchange_.response().status()));
  }
  const std::size_t body_size = exchange_.response().body().size();
  responding_ = false;
  exchange_.end();
  exchange_.clear();
  trim_memory(exchange_.request().body(), max_input_size);
  if (std::max<std::uint64_t>(body_reserved_, body_size) >= trim_threshold)
    loop_.trim_memory_soon();
  release_body();
  chunk_.clear();
  trim_memory(chunk_, max_input_size);
  reader_.next();
  request_line_.clear();
  version_ = 11;
  head_only_ = false;
}

void connection::reject(int status, std::string_view reason) {
  no_more_requests_ = true;
  cancel_timeout();
  std::string().swap(reader_.body());
  release_body();
  response page = http_error(status, std::string(reason)).to_response();
  if (status == 503) page.headers().set("Retry-After", retry_after);
  const body_framing framing =
      append_head(output_, page, {version_, head_only_, false, loop_.date()});
  if (framing != body_framing::none) output_.append(page.body());
  const server_state& server = loop_.server();
  if (server.options.access_log) server.log_access(access_line(client_, request_line_, status));
}

void connection::read() {
  if (input_begin_ == input_end_ || lingering_) {
    input_begin_ = 0;
    input_end_ = 0;
  }
  const bool in_body = reader_.now() == request_reader::state::body;
  if (!in_body && input_end_ == 0 && input_size_ > max_input_size / 2) input_size_ = 0;
  if (input_end_ == input_size_) {
    if (input_begin_ > 0) {
      std::memmove(input_.get(), input_.get() + input_begin_, input_end_ - input_begin_);
      input_end_ -= input_begin_;
      input_begin_ = 0;
    } else if ((handling_ || producing_) && input_end_ > 0) {
      // The input can wait, but without a read only the timer can notice that the client has gone.
      if (handling_ && !wake_up_.is_set()) loop_.set_timer(wake_up_, max_stream_idle);
      return;
    } else {
      // More than a head may have, to see that it is too large.
      const std::size_t max_size =
          std::max(max_input_size, loop_.server().options.max_head_size + default_input_size);
      const std::size_t size =
          std::clamp(in_body ? max_input_size : 2 * input_size_, default_input_size, max_size);
      auto larger = std::make_unique_for_overwrite<char[]>(size);
      if (input_end_ > 0) std::memcpy(larger.get(), input_.get(), input_end_);
      input_ = std::move(larger);
      input_size_ = size;
    }
  }
  reading_ = true;
  transport_->read(input_.get() + input_end_, input_size_ - input_end_);
}

void connection::write() {
  std::array<std::string_view, 2> buffers{output_, output_body_.substr(0, max_write_size)};
  sending_body_ = buffers[1].size();
  flush_ = false;
  // If more output follows, other connections get their turn first.
  if (!producing_ && sending_body_ == output_body_.size()) {
    std::size_t written = transport_->write_now(buffers);
    for (std::string_view& each : buffers) {
      const std::size_t of_it = std::min(written, each.size());
      each.remove_prefix(of_it);
      written -= of_it;
    }
    if (buffers[0].empty() && buffers[1].empty()) {
      output_.clear();
      return end_write();
    }
  }
  // The next response may be appended to output_ meanwhile.
  const std::size_t left = buffers[0].size();
  output_.swap(sending_);
  buffers[0] = std::string_view(sending_).substr(sending_.size() - left);
  busy_ = true;
  start_timeout(timeout::write);
  transport_->write(buffers);
}

void connection::end_write() {
  sending_.clear();
  trim_memory(sending_, 2 * output_batch_size);
  trim_memory(output_, 2 * output_batch_size);
  if (sending_body_ == 0) return;
  output_body_.remove_prefix(sending_body_);
  if (output_body_.empty()) end_response();
}

void connection::linger() {
  dropped_size_ += input_end_;
  const std::uint64_t limit =
      std::max<std::uint64_t>(max_dropped_size, loop_.server().options.max_body_size);
  if (input_ended_ || dropped_size_ > limit) return close();
  input_end_ = 0;
  if (!reading_) read();
}

void connection::wait_for_input() {
  if (reader_.now() == request_reader::state::body) {
    // The timeout starts anew with each step, so a slow but steady client is not cut off.
    if (body_received_ >= body_timeout_step) cancel_timeout();
    if (pending_timeout_ == timeout::body) return;
    body_received_ = 0;
    start_timeout(timeout::body);
  } else {
    const timeout which = input_begin_ == input_end_ ? timeout::idle : timeout::head;
    if (pending_timeout_ != which) start_timeout(which);
  }
}

void connection::start_timeout(timeout which) {
  pending_timeout_ = which;
  loop_.timeouts().set(*this, which);
}

void connection::cancel_timeout() noexcept {
  pending_timeout_.reset();
  cancel();
}

void connection::close() noexcept {
  if (closed_) return;
  closed_ = true;
  cancel_timeout();
  wake_up_.cancel();
  transport_->close();
  if (handling_) exchange_.cancel();
}

}  // namespace aldis::web::detail
