#pragma once

#include "app/exchange.hpp"
#include "server/coarse_timers.hpp"
#include "server/request_reader.hpp"
#include "server/response_writer.hpp"
#include "server/timer_queue.hpp"
#include "server/transport.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web::detail {

class io_loop;

/// Serves one client: reads its requests one after the other, and writes the responses.
///
///     reading -> head -> body -> handling -> writing -> reading ...
///                  \------ rejected -------> writing -> shutdown -> lingering -> closed
///
/// Responses to pipelined requests are written together. After the last response the connection
/// shuts down its sending half, then reads and drops what the client still sends: closing at once
/// could destroy the response before the client has read it.
///
/// Threads: all members are called on the loop's thread.
/// Lifetime: the loop destroys it once it is closed and no operation is pending.
class connection final : public coarse_timer, public transport::handler {
 public:
  connection(io_loop& loop, std::unique_ptr<transport> to, std::string client);
  ~connection() override;

  /// Serves the client.
  void start();
  /// Responds that there are too many connections.
  void start_full();

  /// Completes the current request, and reads no further one.
  void stop();
  /// Closes the connection, whatever it is doing.
  void abandon();

  /// Set by the loop.
  std::list<std::unique_ptr<connection>>::iterator position;

 private:
  struct wake_up_timer final : timer {
    explicit wake_up_timer(connection& to_resume) : connection_(to_resume) {}
    void on_timer() override { connection_.resume(); }
    connection& connection_;
  };

  void on_timeout(timeout which) override;
  void on_open(bool succeeded) override;
  void on_read(transport::read_result result, std::size_t size) override;
  void on_write(bool succeeded) override;
  void on_shutdown() override;

  /// Runs `step`; an exception (no memory, for instance) closes this connection only.
  template <class Step>
  void run_step(Step step) noexcept;
  /// Does whatever can be done next. Afterwards an operation is pending, or the connection is
  /// closed.
  void advance();
  bool accepts_requests() const noexcept;
  /// Processes the input; returns false if more is needed.
  bool consume_input();
  void process_head();
  /// A request without a handler needs no body, but a small one is read to keep the connection.
  bool wants_body(bool expects_continue) noexcept;
  /// Reserves memory for the body: for all of it if its length is known, else for what has arrived.
  /// Returns false if there is no room.
  bool reserve_body(bool head_just_read) noexcept;
  void release_body() noexcept;
  void handle();
  void on_handled();
  void begin_response();
  void end_response();
  void produce_body();
  /// The stream has nothing to send now: asks it again later.
  void pause_stream();
  void resume();
  void reject(int status, std::string_view reason);

  void open();
  void read();
  void write();
  void end_write();
  void linger();
  void close() noexcept;
  void wait_for_input();
  void start_timeout(timeout which);
  void cancel_timeout() noexcept;

  io_loop& loop_;
  std::string client_;
  std::unique_ptr<transport> transport_;
  exchange exchange_;
  request_reader reader_;

  // Unprocessed input is between begin and end.
  std::unique_ptr<char[]> input_;
  std::size_t input_size_ = 0;
  std::size_t input_begin_ = 0;
  std::size_t input_end_ = 0;
  std::uint64_t body_received_ = 0;  // since the body timeout was started
  std::uint64_t body_reserved_ = 0;  // part of the server's body_bytes

  std::string output_;
  std::string_view output_body_;  // follows the output: a large body, not copied
  std::string sending_;           // output that is being written
  std::size_t sending_body_ = 0;  // and how much of the body
  std::string chunk_;
  std::uint64_t file_position_ = 0;
  body_framing framing_ = body_framing::none;

  std::string request_line_;  // for the log
  int version_ = 11;
  bool head_only_ = false;
  bool keep_alive_ = false;
  bool has_handler_ = true;

  // Current activity.
  int step_depth_ = 0;
  bool busy_ = false;  // open, write or shutdown is pending
  bool reading_ = false;
  bool handling_ = false;
  bool responding_ = false;  // until the exchange has ended
  bool producing_ = false;   // a file or stream is being sent
  bool flush_ = false;       // write at once, whatever the size of the output
  bool paused_ = false;      // until the stream is asked again
  std::optional<timeout> pending_timeout_;
  wake_up_timer wake_up_{*this};
  std::chrono::milliseconds pause_{0};    // the last one; 0 if the stream had something to send
  std::optional<time_point> idle_since_;  // when the stream first had nothing to send

  // These are never reset.
  bool no_more_requests_ = false;
  bool stopping_ = false;
  bool input_ended_ = false;  // the client has closed its sending half
  bool lingering_ = false;
  bool closed_ = false;
  std::uint64_t dropped_size_ = 0;
};

}  // namespace aldis::web::detail
