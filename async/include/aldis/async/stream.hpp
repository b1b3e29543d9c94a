#pragma once

#include <aldis/async/detail/keep.hpp>
#include <aldis/async/detail/waiting_handler.hpp>
#include <aldis/async/overflow.hpp>
#include <aldis/connection.hpp>
#include <aldis/signal.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace aldis {

namespace detail {

template <class... Args>
struct event_of {
  static_assert(
      (can_be_kept<Args>() && ...),
      "aldis: an event is kept until somebody takes it, and one of the signal's arguments "
      "cannot be: a T&, a type that cannot be copied, a view of something else");
  using type = std::tuple<typename kept_as<Args>::type...>;
  static type make(const std::remove_reference_t<Args>&... values) {
    return type(detail::keep<Args>(values)...);
  }
};
template <class Only>
struct event_of<Only> {
  static_assert(can_be_kept<Only>(),
                "aldis: an event is kept until somebody takes it, and the signal's argument cannot "
                "be: a T&, a type that cannot be copied, a view of something else");
  using type = typename kept_as<Only>::type;
  static type make(const std::remove_reference_t<Only>& value) { return detail::keep<Only>(value); }
};
template <>
struct event_of<> {
  using type = std::monostate;
  static type make() noexcept { return {}; }
};

/// Somebody waits for one event.
template <class Event>
class event_waiter : public executor_user {
 public:
  virtual void give(boost::system::error_code error, std::optional<Event> event) noexcept = 0;
};

template <class Event, class Handler>
class waiting_for_event final
    : public waiting_handler<event_waiter<Event>, Handler, boost::system::error_code,
                             std::optional<Event>> {
  using base = waiting_handler<event_waiter<Event>, Handler, boost::system::error_code,
                               std::optional<Event>>;

 public:
  using base::base;

  void give(boost::system::error_code error, std::optional<Event> event) noexcept override {
    this->complete(error, std::move(event));
  }

  /// For next(): what ends with it.
  void ends(connection c) {
    const std::lock_guard lock(mutex_);
    connection_ = std::move(c);
  }
  void disconnect() noexcept {
    connection c;
    {
      const std::lock_guard lock(mutex_);
      c = connection_;
    }
    c.request_disconnect();
  }

 private:
  void context_ended() noexcept override {
    base::context_ended();
    disconnect();
  }

  std::mutex mutex_;
  connection connection_;
};

/// Events that nobody has taken, or takers that have no event.
template <class Event>
class event_queue final : public counted {
 public:
  event_queue(std::size_t capacity, overflow when_full)
      : capacity_(capacity), when_full_(when_full) {}

  void put(Event event) {
    reference<event_waiter<Event>> first;
    std::optional<Event> dropped;
    {
      const std::lock_guard lock(mutex_);
      if (!waiters_.empty()) {
        first = std::move(waiters_.front());
        waiters_.pop_front();
      } else {
        if (events_.size() >= capacity_) {
          ++dropped_;
          if (when_full_ == overflow::drop_newest) return;
          if (when_full_ == overflow::fail) {
            throw queue_full("aldis: a stream is full (capacity " + std::to_string(capacity_) +
                             ')');
          }
          dropped.emplace(std::move(events_.front()));
          events_.pop_front();
        }
        events_.push_back(std::move(event));
        return;
      }
    }
    first->give({}, std::move(event));
  }

  void end() noexcept {
    std::deque<reference<event_waiter<Event>>> all;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      all.swap(waiters_);
    }
    for (const auto& each : all) each->give({}, std::nullopt);
  }

  void take(const reference<event_waiter<Event>>& waiter) {
    std::optional<Event> event;
    {
      const std::lock_guard lock(mutex_);
      if (!events_.empty()) {
        event.emplace(std::move(events_.front()));
        events_.pop_front();
      } else if (!ended_) {
        waiters_.push_back(waiter);
        return;
      }
    }
    waiter->give({}, std::move(event));
  }

  /// False if it was given an event already.
  bool forget(const event_waiter<Event>& waiter) noexcept {
    const std::lock_guard lock(mutex_);
    for (auto at = waiters_.begin(); at != waiters_.end(); ++at) {
      if (at->get() != &waiter) continue;
      waiters_.erase(at);
      return true;
    }
    return false;
  }

  std::uint64_t dropped() const noexcept {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  mutable std::mutex mutex_;
  const std::size_t capacity_;
  const overflow when_full_;
  std::deque<Event> events_;
  std::deque<reference<event_waiter<Event>>> waiters_;
  bool ended_ = false;
  std::uint64_t dropped_ = 0;
};

/// The receiver behind a stream; its end is the stream's.
template <class... Args>
class stream_receiver {
  using event = event_of<Args...>;
  using queue = event_queue<typename event::type>;

 public:
  explicit stream_receiver(reference<queue> to) noexcept : queue_(std::move(to)) {}
  stream_receiver(stream_receiver&&) noexcept = default;
  stream_receiver& operator=(stream_receiver&&) = delete;
  ~stream_receiver() {
    if (queue_) queue_->end();
  }

  void operator()(const std::remove_reference_t<Args>&... values) const {
    queue_->put(event::make(values...));
  }

 private:
  reference<queue> queue_;
};

/// The receiver behind next().
template <class... Args>
class next_receiver {
  using event = event_of<Args...>;
  using waiter = event_waiter<typename event::type>;

 public:
  explicit next_receiver(reference<waiter> to) noexcept : waiter_(std::move(to)) {}
  next_receiver(next_receiver&&) noexcept = default;
  next_receiver& operator=(next_receiver&&) = delete;
  ~next_receiver() {
    if (waiter_) waiter_->give({}, std::nullopt);
  }

  void operator()(const std::remove_reference_t<Args>&... values) const {
    waiter_->give({}, event::make(values...));
  }

 private:
  reference<waiter> waiter_;
};

template <class Event>
struct initiate_take {
  template <class Handler>
  void operator()(Handler&& handler, const reference<event_queue<Event>>& queue) const {
    using waiting = waiting_for_event<Event, std::decay_t<Handler>>;
    const reference<waiting> waiter(new waiting(std::forward<Handler>(handler)));
    waiter->when_cancelled([waiter, queue] {
      if (queue->forget(*waiter)) {
        waiter->give(boost::asio::error::operation_aborted, std::nullopt);
      }
    });
    queue->take(reference<event_waiter<Event>>::more(*waiter));
  }
};

template <class R, class... Args>
struct initiate_next {
  signal<R(Args...)>* from;

  template <class Handler>
  void operator()(Handler&& handler) const {
    using event = typename event_of<Args...>::type;
    using waiting = waiting_for_event<event, std::decay_t<Handler>>;
    const reference<waiting> waiter(new waiting(std::forward<Handler>(handler)));
    waiter->when_cancelled([waiter] {
      // First come: an event that is there already stays.
      waiter->give(boost::asio::error::operation_aborted, std::nullopt);
      waiter->disconnect();
    });
    waiter->ends(
        from->connect(next_receiver<Args...>(reference<event_waiter<event>>::more(*waiter)), once));
  }
};

}  // namespace detail

/// The events of a signal, to be awaited one by one.
///
///     aldis::event_stream<int> numbers = ready.stream(16);
///     while (auto n = co_await numbers.next()) use(*n);
///
/// Order: events are taken in the order of the sends, each once; none is lost while there is room.
/// Threads: sends may come from any thread. Several may wait in `next`; they are served in turn.
/// Lifetime: ends with the object, or with the signal: what came before can still be taken.
template <class... Args>
class event_stream {
  using event = typename detail::event_of<Args...>::type;
  using queue = detail::event_queue<event>;

 public:
  /// One argument alone, several as a tuple, none as std::monostate. Text is kept as a string.
  using value_type = event;

  /// Exceptions: std::invalid_argument for capacity 0, and for overflow::block: nobody can tell
  /// which thread will take the events, and it may be the one that would be blocked.
  template <class R>
  event_stream(signal<R(Args...)>& of, std::size_t capacity, overflow when_full)
      : queue_(checked(capacity, when_full)),
        connection_(of.connect(detail::stream_receiver<Args...>(queue_))) {}

  /// void(error_code, std::optional<value_type>): no value when the stream has ended;
  /// operation_aborted when it was cancelled, and then no event is lost.
  template <class Token = boost::asio::deferred_t>
  auto next(Token&& token = {}) {
    return boost::asio::async_initiate<Token,
                                       void(boost::system::error_code, std::optional<value_type>)>(
        detail::initiate_take<value_type>(), token, queue_);
  }

  /// No more events; those that wait get none.
  void close() { connection_.disconnect(); }

  /// How many events fell out of it, or were refused.
  std::uint64_t dropped() const noexcept { return queue_->dropped(); }

 private:
  static queue* checked(std::size_t capacity, overflow when_full) {
    if (capacity == 0) throw std::invalid_argument("aldis: a stream needs a capacity of 1 or more");
    if (when_full == overflow::block) {
      throw std::invalid_argument(
          "aldis: a stream cannot block: the blocked thread may be the one that takes its events; "
          "use drop_oldest, drop_newest or fail");
    }
    return new queue(capacity, when_full);
  }

  detail::reference<queue> queue_;
  scoped_connection connection_;
};

/// All events from now on.
template <class R, class... Args>
event_stream<Args...> make_stream(signal<R(Args...)>& of, std::size_t capacity = 64,
                                  overflow when_full = overflow::drop_oldest) {
  static_assert(std::is_void_v<R>, "aldis: a stream cannot answer; the signal must not ask");
  return event_stream<Args...>(of, capacity, when_full);
}

template <class R, class... Args>
event_stream<Args...> stream(signal<R(Args...)>& of, std::size_t capacity = 64,
                             overflow when_full = overflow::drop_oldest) {
  return make_stream(of, capacity, when_full);
}

/// What signal::next does.
template <class R, class... Args, class Token = boost::asio::deferred_t>
auto start_next(signal<R(Args...)>& of, Token&& token = {}) {
  static_assert(std::is_void_v<R>, "aldis: next cannot answer; the signal must not ask");
  using event = typename detail::event_of<Args...>::type;
  return boost::asio::async_initiate<Token, void(boost::system::error_code, std::optional<event>)>(
      detail::initiate_next<R, Args...>{&of}, token);
}

/// Completes with the next event after it was initiated (for deferred: awaited); without a value if
/// the signal dies. Between two calls events go unseen: use `stream` to get them all.
///
/// The signature is void(error_code, std::optional<event>), the event as in event_stream;
/// operation_aborted when it was cancelled.
template <class R, class... Args, class Token = boost::asio::deferred_t>
auto next(signal<R(Args...)>& of, Token&& token = {}) {
  return start_next(of, std::forward<Token>(token));
}

}  // namespace aldis
