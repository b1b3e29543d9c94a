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

constexpr std::size_t usual_input = 4UL * 1024;
constexpr std::size_t largest_input = 64UL * 1024;
// Answers to requests that came together are gathered up to that much.
constexpr std::size_t usual_output = 64UL * 1024;
// A body up to this size is copied behind its head; a larger one is sent from where it is.
constexpr std::size_t copied_body = 16UL * 1024;
// What a connection sends, and what it takes of a body, within one wait.
constexpr std::size_t write_step = 64UL * 1024;
constexpr std::uint64_t body_step = 16UL * 1024;
// A body up to this size is not counted, so that forms are taken while large files come in.
constexpr std::uint64_t uncounted_body = 16UL * 1024;
// A request without a handler is answered without its body if that is larger.
constexpr std::uint64_t unhandled_body = 64UL * 1024;
// After a request or an answer of this size, memory goes back to the system.
constexpr std::size_t large_text = 1024UL * 1024;
constexpr std::string_view retry_after = "5";  // seconds
// So much of what comes after the last answer is read, or as much as a body may have, for the
// client to read that answer.
constexpr std::size_t largest_dropped = 1024UL * 1024;
// A stream that has nothing to send is asked again after a pause, twice as long each time.
constexpr std::chrono::milliseconds first_pause(1);
constexpr std::chrono::milliseconds longest_pause(250);
// And is ended after this time if the server stops, or the client may have gone.
constexpr std::chrono::milliseconds longest_quiet(1000);

bool asks_to_close(const response& answer) {
  return same_without_case(answer.headers()["Connection"], "close");
}

}  // namespace

connection::connection(io_loop& of, std::unique_ptr<transport> to, std::string client)
    : loop_(of),
      client_(std::move(client)),
      transport_(std::move(to)),
      exchange_(of.server().serves, of.io_context(), of.server().workers),
      reader_({of.server().options.max_head_size, of.server().options.max_body_size}) {
  transport_->set_handler(*this);
}

connection::~connection() {
  if (answering_) exchange_.end();
  forget_body();
}

template <class Step>
void connection::proceed(Step step) noexcept {
  ++steps_;
  try {
    step();
  } catch (...) {
    const std::string during =
        handling_ || answering_ ? " during " + request_line(exchange_.request()) : "";
    loop_.server().log("A connection was given up" + during + ": " +
                       describe(std::current_exception()));
    close();
  }
  // To cancel a handler may end it, and so be a step within a step.
  if (--steps_ == 0 && closed_ && !busy_ && !reading_ && !handling_) loop_.remove(*this);
}

void connection::start() {
  proceed([this] { open(); });
}

void connection::start_full() {
  proceed([this] {
    refuse(503, "The server has as many connections as it can serve.");
    open();
  });
}

void connection::open() {
  busy_ = true;
  start_timeout(timeout::write);
  transport_->open();
}

void connection::stop() {
  proceed([this] {
    stopping_ = true;
    // A client that has begun a request is not told from one that has not: neither is answered.
    if (!busy_ && !handling_ && !lingering_ && reader_.now() == request_reader::state::head)
      close();
  });
}

void connection::abandon() {
  proceed([this] { close(); });
}

void connection::on_timeout(timeout which) {
  proceed([&] {
    pending_timeout_.reset();
    if (which == timeout::head) {
      refuse(408, "The head of the request did not come in time.");
    } else if (which == timeout::body) {
      refuse(408, "The body of the request did not come in time.");
    } else {
      return close();
    }
    advance();
  });
}

void connection::on_open(bool succeeded) {
  proceed([&] {
    busy_ = false;
    cancel_timeout();
    if (!succeeded) return close();
    advance();
  });
}

void connection::on_read(transport::read_result result, std::size_t size) {
  proceed([&] {
    reading_ = false;
    if (closed_) return;
    if (result == transport::read_result::failed) return close();
    if (result == transport::read_result::end) ended_ = true;
    input_end_ += size;
    if (lingering_) return linger();
    advance();
  });
}

void connection::on_write(bool succeeded) {
  proceed([&] {
    busy_ = false;
    cancel_timeout();
    if (!succeeded) return close();
    if (closed_) return;
    end_write();
    advance();
  });
}

void connection::on_shutdown() {
  proceed([&] {
    busy_ = false;
    if (closed_) return;
    lingering_ = true;
    start_timeout(timeout::close);
    linger();
  });
}

bool connection::takes_requests() const noexcept {
  return !last_ && !(stopping_ && reader_.now() == request_reader::state::head);
}

void connection::advance() {
  while (!closed_ && !busy_ && !handling_) {
    if (producing_ && !paused_) produce();
    if (closed_) return;
    if (piece_is_due_ || !output_body_.empty() || output_.size() >= usual_output) {
      write();
    } else if (paused_) {
      break;
    } else if (!takes_requests() || !take_input()) {
      if (handling_) break;
      if (!output_.empty()) {
        write();
      } else if (!takes_requests()) {
        busy_ = true;
        start_timeout(timeout::close);
        transport_->shutdown();
      } else if (ended_) {
        return close();
      } else {
        wait_for_input();
        break;
      }
    }
  }
  // Answers do not wait for those of requests that came with them.
  if (handling_ && !closed_ && !busy_ && !output_.empty()) write();
  if (!closed_ && !busy_ && !reading_ && !ended_) read();
}

bool connection::take_input() {
  using state = request_reader::state;
  const state before = reader_.now();
  const std::string_view input(input_.get() + input_begin_, input_end_ - input_begin_);
  const std::size_t taken = reader_.read(input);
  const state now = reader_.now();
  const bool has_head = before == state::head && (now == state::body || now == state::complete);
  if (has_head) take_head();
  if (last_) return true;
  input_begin_ += taken;
  if (now == state::refused) {
    refuse(reader_.refused().status, reader_.refused().reason);
    return true;
  }
  const bool client_waits = has_head && reader_.head().expects_continue && taken == input.size();
  if (now == state::body && !wants_body(client_waits)) {
    // What was read of it is dropped, and what may still come is not told from a request.
    std::string().swap(reader_.body());
    keep_alive_ = false;
    handle();
    return true;
  }
  if (!count_body(has_head)) {
    refuse(503, "The server has as many bodies of requests in memory as it can hold.");
    return true;
  }
  if (now == state::complete) {
    handle();
    return true;
  }
  if (client_waits) output_.append("HTTP/1.1 100 Continue\r\n\r\n");
  body_awaited_ += taken;
  return before != now;
}

bool connection::wants_body(bool client_waits) noexcept {
  if (has_handler_) return true;
  const std::uint64_t length = reader_.head().content_length.value_or(0);
  return !client_waits && std::max<std::uint64_t>(length, reader_.body().size()) <= unhandled_body;
}

bool connection::count_body(bool has_just_begun) noexcept {
  // With the head: who has been let in is never turned away halfway.
  const std::uint64_t size = has_just_begun ? reader_.head().content_length.value_or(0)
                                            : std::uint64_t{reader_.body().size()};
  if (size <= std::max(uncounted_body, body_counted_)) return true;
  server_state& server = loop_.server();
  const std::uint64_t more = size - body_counted_;
  if (server.body_bytes.fetch_add(more, std::memory_order_relaxed) + more >
      server.options.max_total_body_size) {
    server.body_bytes.fetch_sub(more, std::memory_order_relaxed);
    return false;
  }
  body_counted_ = size;
  return true;
}

void connection::forget_body() noexcept {
  if (body_counted_ == 0) return;
  loop_.server().body_bytes.fetch_sub(std::exchange(body_counted_, 0), std::memory_order_relaxed);
}

void connection::take_head() {
  const head_view& head = reader_.head();
  version_ = head.version;
  keep_alive_ = head.keep_alive;
  only_head_ = head.method == "HEAD";
  body_awaited_ = 0;
  if (loop_.server().options.access_log) {
    request_line_.assign(head.text.substr(0, head.text.find('\r')));
  }

  web::request& request = exchange_.request();
  request.set_method(head.method);
  request.set_version(head.version);
  request.set_scheme(loop_.server().scheme);
  request.set_remote_address(client_);
  headers_access::assign_checked(request.headers(), head.text, head.fields);
  // Whatever the field says, or if there is none.
  if (head.absolute) {
    headers_access::set_checked(request.headers(), "Host", head.host);
  }
  try {
    request.set_target(head.target);
  } catch (const http_error& error) {
    return refuse(error.code(), error.description());
  }
  has_handler_ = !head.has_body() || (head.target != "*" && exchange_.route());
}

void connection::handle() {
  cancel_timeout();
  exchange_.request().body().swap(reader_.body());
  // It asks about the server, not about anything that an application has.
  if (exchange_.request().target() == "*") {
    exchange_.response().headers().remove("Content-Type");
    return has_been_handled();
  }
  handling_ = true;
  bool answered = false;
  try {
    answered = exchange_.start([this] {
      proceed([this] {
        has_been_handled();
        advance();
      });
    });
  } catch (...) {
    handling_ = false;
    throw;
  }
  if (answered) has_been_handled();
}

void connection::has_been_handled() {
  handling_ = false;
  answering_ = true;
  if (exchange_.error()) {
    loop_.server().log("Exception on " + request_line(exchange_.request()) + ": " +
                       describe(exchange_.error()));
  }
  if (!closed_) answer();
}

void connection::answer() {
  const response& answer = exchange_.response();
  const bool keeps = keep_alive_ && !stopping_ && !asks_to_close(answer);
  framing_ = append_head(output_, answer, {version_, only_head_, keeps, loop_.date()});
  if (!keeps || framing_ == body_framing::until_close) last_ = true;

  if (framing_ == body_framing::none) {
    end_answer();
  } else if (answer.file() || answer.source() != nullptr) {
    file_position_ = 0;
    producing_ = true;
  } else if (answer.body().size() <= copied_body) {
    output_.append(answer.body());
    end_answer();
  } else {
    output_body_ = answer.body();
  }
}

void connection::produce() {
  const response& answer = exchange_.response();
  piece_is_due_ = true;
  if (answer.file()) {
    const std::uint64_t left = answer.file()->size() - file_position_;
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(left, write_step));
    if (most > 0) file_position_ += answer.file()->read(output_, file_position_, most);
    producing_ = file_position_ < answer.file()->size();
  } else {
    piece_.clear();
    producing_ = answer.source()->next(piece_);
    if (piece_.empty() && producing_) return pause();
    pause_ = {};
    quiet_since_.reset();
    if (framing_ == body_framing::chunked) {
      append_chunk(output_, piece_);
      if (!producing_) output_.append(last_chunk);
    } else {
      output_.append(piece_);
    }
  }
  if (!producing_) end_answer();
}

void connection::pause() {
  const time_point now = loop_.server().now();
  if (!quiet_since_) quiet_since_ = now;
  const transport::peer_state peer = transport_->peer();
  // Nothing is sent, so nothing fails: a client that has closed its socket looks as one that has
  // ended its half.
  const bool in_vain = stopping_ || ended_ || peer != transport::peer_state::open;
  if (peer == transport::peer_state::gone || (in_vain && now - *quiet_since_ >= longest_quiet)) {
    return close();
  }
  pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
  loop_.set_timer(wake_up_, pause_);
  paused_ = true;
  piece_is_due_ = !output_.empty();
}

void connection::wake() {
  proceed([this] {
    if (paused_) {
      paused_ = false;
      advance();
    } else if (handling_ && !reading_) {
      if (transport_->peer() == transport::peer_state::gone) return close();
      loop_.set_timer(wake_up_, longest_quiet);
    }
  });
}

void connection::end_answer() {
  const server_state& server = loop_.server();
  if (server.options.access_log) {
    server.log_access(access_line(client_, request_line_, exchange_.response().status()));
  }
  const std::size_t answer_size = exchange_.response().body().size();
  answering_ = false;
  exchange_.end();
  exchange_.clear();
  trim_memory(exchange_.request().body(), largest_input);
  if (std::max<std::uint64_t>(body_counted_, answer_size) >= large_text) loop_.trim_memory_soon();
  forget_body();
  piece_.clear();
  trim_memory(piece_, largest_input);
  reader_.next();
  request_line_.clear();
  version_ = 11;
  only_head_ = false;
}

void connection::refuse(int status, std::string_view reason) {
  last_ = true;
  cancel_timeout();
  std::string().swap(reader_.body());
  forget_body();
  response page = http_error(status, std::string(reason)).answer();
  if (status == 503) page.headers().set("Retry-After", retry_after);
  const body_framing framing =
      append_head(output_, page, {version_, only_head_, false, loop_.date()});
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
  if (!in_body && input_end_ == 0 && input_size_ > largest_input / 2) input_size_ = 0;
  if (input_end_ == input_size_) {
    if (input_begin_ > 0) {
      std::memmove(input_.get(), input_.get() + input_begin_, input_end_ - input_begin_);
      input_end_ -= input_begin_;
      input_begin_ = 0;
    } else if ((handling_ || producing_) && input_end_ > 0) {
      // It can wait; without a read, somebody else has to see that the client has gone.
      if (handling_ && !wake_up_.is_set()) loop_.set_timer(wake_up_, longest_quiet);
      return;
    } else {
      // One more than a head may have, to see that it has more.
      const std::size_t most =
          std::max(largest_input, loop_.server().options.max_head_size + usual_input);
      const std::size_t size =
          std::clamp(in_body ? largest_input : 2 * input_size_, usual_input, most);
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
  std::array<std::string_view, 2> buffers{output_, output_body_.substr(0, write_step)};
  sending_body_ = buffers[1].size();
  piece_is_due_ = false;
  // Where more comes after it, the other connections get their turn first.
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
  // The next answer may come meanwhile.
  const std::size_t left = buffers[0].size();
  output_.swap(sending_);
  buffers[0] = std::string_view(sending_).substr(sending_.size() - left);
  busy_ = true;
  start_timeout(timeout::write);
  transport_->write(buffers);
}

void connection::end_write() {
  sending_.clear();
  trim_memory(sending_, 2 * usual_output);
  trim_memory(output_, 2 * usual_output);
  if (sending_body_ == 0) return;
  output_body_.remove_prefix(sending_body_);
  if (output_body_.empty()) end_answer();
}

void connection::linger() {
  dropped_ += input_end_;
  const std::uint64_t most =
      std::max<std::uint64_t>(largest_dropped, loop_.server().options.max_body_size);
  if (ended_ || dropped_ > most) return close();
  input_end_ = 0;
  if (!reading_) read();
}

void connection::wait_for_input() {
  if (reader_.now() == request_reader::state::body) {
    // A client that is slow but steady gets another wait with each step.
    if (body_awaited_ >= body_step) cancel_timeout();
    if (pending_timeout_ == timeout::body) return;
    body_awaited_ = 0;
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
