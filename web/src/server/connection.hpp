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

/// One client: takes its requests out of what it sends, one after the other, and writes the
/// answers.
///
///     reading -> head -> body -> handling -> writing -> reading ...
///                  \------ refused --------> writing -> shutdown -> lingering -> closed
///
/// Answers to requests that came together are written together. After the last answer the client is
/// told that there will be no more, and what it still sends is read and dropped: closing at once
/// could take the answer from it.
///
/// Threads: everything on its loop's thread.
/// Lifetime: the loop destroys it when it is closed and nothing is going on any more.
class connection final : public coarse_timer, public transport::handler {
 public:
  connection(io_loop& of, std::unique_ptr<transport> to, std::string client);
  ~connection() override;

  /// Serves, or answers that there are too many.
  void start();
  void start_full();

  /// Answers what is going on, and nothing else.
  void stop();
  /// Ends it, whatever is going on.
  void abandon();

  /// Set by the loop.
  std::list<std::unique_ptr<connection>>::iterator position;

 private:
  struct wake_up final : timer {
    explicit wake_up(connection& of) : connection_(of) {}
    void on_timer() override { connection_.wake(); }
    connection& connection_;
  };

  void on_timeout(timeout which) override;
  void on_open(bool succeeded) override;
  void on_read(transport::read_result result, std::size_t size) override;
  void on_write(bool succeeded) override;
  void on_shutdown() override;

  /// Runs `step`; what it throws (there is no memory, for instance) ends this connection only.
  template <class Step>
  void proceed(Step step) noexcept;
  /// Does what there is to do next. Afterwards something is going on, or it is closed.
  void advance();
  bool takes_requests() const noexcept;
  /// Goes on in the input; false if there is not enough of it.
  bool take_input();
  void take_head();
  /// A request without a handler does not need its body, unless that is small.
  bool wants_body(bool client_waits) noexcept;
  /// Reserves room for the body: all of it if its length is known, else for what there is of it.
  /// False if there is none.
  bool count_body(bool has_just_begun) noexcept;
  void forget_body() noexcept;
  void handle();
  void has_been_handled();
  void answer();
  void end_answer();
  void produce();
  /// The stream has nothing to send now: it is asked again later.
  void pause();
  void wake();
  void refuse(int status, std::string_view reason);

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

  // Input that is not taken yet: between begin and end.
  std::unique_ptr<char[]> input_;
  std::size_t input_size_ = 0;
  std::size_t input_begin_ = 0;
  std::size_t input_end_ = 0;
  std::uint64_t body_awaited_ = 0;  // taken of the body since the wait for it began
  std::uint64_t body_counted_ = 0;  // among those of all connections

  std::string output_;
  std::string_view output_body_;  // behind the output: a large body, where it is
  std::string sending_;           // output that is being written
  std::size_t sending_body_ = 0;  // and so much of the body
  std::string piece_;
  std::uint64_t file_position_ = 0;
  body_framing framing_ = body_framing::none;

  std::string request_line_;  // for the log
  int version_ = 11;
  bool only_head_ = false;
  bool keep_alive_ = false;
  bool has_handler_ = true;

  // What is going on.
  int steps_ = 0;
  bool busy_ = false;  // opening, writing or shutting
  bool reading_ = false;
  bool handling_ = false;
  bool answering_ = false;     // until the exchange has ended
  bool producing_ = false;     // the body of an answer, piece by piece
  bool piece_is_due_ = false;  // it is written at once, whatever its size
  bool paused_ = false;        // until the stream is asked again
  std::optional<timeout> pending_timeout_;
  wake_up wake_up_{*this};
  std::chrono::milliseconds pause_{0};     // the last one; none if the stream had something to send
  std::optional<time_point> quiet_since_;  // when it had nothing for the first time

  // What will not be undone.
  bool last_ = false;  // no further request is taken
  bool stopping_ = false;
  bool ended_ = false;  // the client sends no more
  bool lingering_ = false;
  bool closed_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace aldis::web::detail
