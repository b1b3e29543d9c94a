#pragma once

#include <aldis/async/detail/keep.hpp>
#include <aldis/async/detail/waiting_handler.hpp>
#include <aldis/async/overflow.hpp>
#include <aldis/connection.hpp>
#include <aldis/signal.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <list>
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
struct check_events {
  static_assert(((how_kept<Args>() != keep_result::sliced) && ...),
                "aldis: an event is kept until somebody takes it, and a copy of a base class would "
                "have lost what derives from it. Send a shared_ptr, make the class final, or say "
                "how it is copied: template <> struct aldis::kept_argument<T> : "
                "aldis::kept_by_clone<T> {} (or kept_by_value)");
  static_assert(
      ((how_kept<Args>() != keep_result::impossible) && ...),
      "aldis: an event is kept until somebody takes it, and one of the signal's "
      "arguments cannot be: a T&, a type that cannot be copied, a view of something else");
};

template <class... Args>
struct event_of : check_events<Args...> {
  using type = std::tuple<typename kept_as<Args>::type...>;
  static type make(const std::remove_reference_t<Args>&... values) {
    return type(detail::keep<Args>(values)...);
  }
};
template <class Only>
struct event_of<Only> : check_events<Only> {
  using type = typename kept_as<Only>::type;
  static type make(const std::remove_reference_t<Only>& value) { return detail::keep<Only>(value); }
};
template <>
struct event_of<> {
  using type = std::monostate;
  static type make() noexcept { return {}; }
};

template <class Event>
class event_queue;

/// A pending wait for an event of a stream.
template <class Event>
class event_waiter : public executor_user {
 public:
  /// Wakes the waiter, which takes an event when it runs. False if it never will.
  virtual bool wake() noexcept = 0;
  virtual void end() noexcept = 0;

 private:
  friend class event_queue<Event>;
  enum class state : unsigned char { idle, waiting, promised };
  state is_ = state::idle;  // guarded by the queue's mutex
};

/// Events without a waiter, or waiters without an event. An event stays here until its waiter runs:
/// a waiter that is cancelled before, or loses its executor, leaves it to the next.
template <class Event>
class event_queue final : public counted {
  using waiter = event_waiter<Event>;
  using state = typename waiter::state;

 public:
  event_queue(std::size_t capacity, overflow when_full)
      : capacity_(capacity), when_full_(when_full) {}

  void put(Event event) {
    std::list<Event> added;
    added.push_back(std::move(event));
    std::list<Event> dropped;
    reference<waiter> first;
    {
      const std::lock_guard lock(mutex_);
      if (events_.size() >= capacity_ + promised_) {
        ++dropped_;
        if (when_full_ == overflow::drop_newest) return;
        if (when_full_ == overflow::fail) {
          throw queue_full("aldis: a stream is full (capacity " + std::to_string(capacity_) + ')');
        }
        // The oldest event that is not promised to a waiter.
        dropped.splice(dropped.begin(), events_,
                       std::next(events_.begin(), static_cast<std::ptrdiff_t>(promised_)));
      }
      events_.splice(events_.end(), added);
      first = promise();
    }
    wake(std::move(first));
  }

  void end() noexcept {
    std::deque<reference<waiter>> all;
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
      all.swap(waiters_);
      for (const auto& each : all) each->is_ = state::idle;
    }
    for (const auto& each : all) each->end();
  }

  /// The waiter gets an event, now or later, or the end of the stream.
  void add(const reference<waiter>& one) {
    reference<waiter> first;
    bool ended = false;
    {
      const std::lock_guard lock(mutex_);
      if (ended_ && events_.size() == promised_) {
        ended = true;
      } else {
        one->is_ = state::waiting;
        waiters_.push_back(one);
        first = promise();
      }
    }
    if (ended) one->end();
    wake(std::move(first));
  }

  /// A woken waiter takes its event. False if it has left meanwhile.
  bool take(waiter& one, std::list<Event>& into) noexcept {
    const std::lock_guard lock(mutex_);
    if (std::exchange(one.is_, state::idle) != state::promised) return false;
    --promised_;
    into.splice(into.begin(), events_, events_.begin());
    return true;
  }

  /// The waiter leaves without an event. False if it already has one, or has left.
  bool leave(waiter& one) noexcept {
    reference<waiter> gone;
    reference<waiter> next;
    {
      const std::lock_guard lock(mutex_);
      switch (std::exchange(one.is_, state::idle)) {
        case state::idle:
          return false;
        case state::waiting: {
          const auto at = std::find_if(waiters_.begin(), waiters_.end(),
                                       [&](const auto& each) { return each.get() == &one; });
          gone = std::move(*at);
          waiters_.erase(at);
          break;
        }
        case state::promised:
          --promised_;
          next = promise();
      }
    }
    wake(std::move(next));
    return true;
  }

  std::uint64_t dropped() const noexcept {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  /// The waiters to wake; there is an event for each. mutex_ must be locked.
  reference<waiter> promise() noexcept {
    if (waiters_.empty() || events_.size() == promised_) return {};
    reference<waiter> first = std::move(waiters_.front());
    waiters_.pop_front();
    first->is_ = state::promised;
    ++promised_;
    return first;
  }

  void wake(const reference<waiter>& one) noexcept {
    if (one && !one->wake()) leave(*one);
  }

  mutable std::mutex mutex_;
  const std::size_t capacity_;
  const overflow when_full_;
  std::list<Event> events_;
  std::deque<reference<waiter>> waiters_;
  std::size_t promised_ = 0;  // the number of woken waiters that have not run yet
  bool ended_ = false;
  std::uint64_t dropped_ = 0;
};

template <class Event, class Handler>
class waiting_for_event final
    : public waiting_handler<event_waiter<Event>, Handler, boost::system::error_code,
                             std::optional<Event>> {
  using base = waiting_handler<event_waiter<Event>, Handler, boost::system::error_code,
                               std::optional<Event>>;
  using queue = event_queue<Event>;

 public:
  waiting_for_event(Handler handler, reference<queue> from)
      : base(std::move(handler)), queue_(std::move(from)) {}

  bool wake() noexcept override {
    try {
      return this->post(woken(reference<waiting_for_event>::more(*this)));
    } catch (...) {
      // Out of memory: the handler is destroyed without being called.
      this->abandon();
      return false;
    }
  }

  void end() noexcept override { this->complete({}, std::nullopt); }

  void cancel() noexcept {
    if (queue_->leave(*this)) {
      this->complete(boost::asio::error::operation_aborted, std::nullopt);
    }
  }

 private:
  /// Runs on the waiter's executor. If it is destroyed without having run, another waiter gets the
  /// event.
  class woken {
   public:
    explicit woken(reference<waiting_for_event> who) noexcept : who_(std::move(who)) {}
    woken(woken&&) noexcept = default;
    woken& operator=(woken&&) = delete;
    ~woken() {
      if (who_) who_->queue_->leave(*who_);
    }

    void operator()() {
      const reference<waiting_for_event> who = std::move(who_);
      std::list<Event> event;
      if (who->queue_->take(*who, event)) who->complete_here({}, std::move(event.front()));
    }

   private:
    reference<waiting_for_event> who_;
  };

  void context_ended() noexcept override {
    base::context_ended();
    if (queue_) queue_->leave(*this);
  }

  const reference<queue> queue_;  // null for a moved-from stream
};

/// A pending wait for the next event of a signal.
template <class Event>
class next_waiter : public executor_user {
 public:
  virtual void give(boost::system::error_code error, std::optional<Event> event) noexcept = 0;
};

template <class Event, class Handler>
class waiting_for_next final
    : public waiting_handler<next_waiter<Event>, Handler, boost::system::error_code,
                             std::optional<Event>> {
  using base =
      waiting_handler<next_waiter<Event>, Handler, boost::system::error_code, std::optional<Event>>;

 public:
  using base::base;

  void give(boost::system::error_code error, std::optional<Event> event) noexcept override {
    this->complete(error, std::move(event));
  }

  /// Sets the connection to end with the wait, also if the wait has already ended.
  void ends(connection c) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (!over_) {
        connection_ = std::move(c);
        return;
      }
    }
    c.request_disconnect();
  }
  void disconnect() noexcept {
    connection c;
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
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
  bool over_ = false;
  connection connection_;
};

/// The receiver of a stream. When it ends, the stream ends.
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

/// The receiver of next().
template <class... Args>
class next_receiver {
  using event = event_of<Args...>;
  using waiter = next_waiter<typename event::type>;

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
    const reference<waiting> waiter(new waiting(std::forward<Handler>(handler), queue));
    // A moved-from stream has ended.
    if (!queue) return waiter->end();
    waiter->when_cancelled([waiter] { waiter->cancel(); });
    queue->add(reference<event_waiter<Event>>::more(*waiter));
  }
};

template <class R, class... Args>
struct initiate_next {
  signal<R(Args...)>* from;

  template <class Handler>
  void operator()(Handler&& handler) const {
    using event = typename event_of<Args...>::type;
    using waiting = waiting_for_next<event, std::decay_t<Handler>>;
    const reference<waiting> waiter(new waiting(std::forward<Handler>(handler)));
    waiter->when_cancelled([waiter] {
      // An event that is already there takes precedence.
      waiter->give(boost::asio::error::operation_aborted, std::nullopt);
      waiter->disconnect();
    });
    waiter->ends(
        from->connect(next_receiver<Args...>(reference<next_waiter<event>>::more(*waiter)), once));
  }
};

}  // namespace detail

/// The events of a signal, to be awaited one by one.
///
///     aldis::event_stream<int> numbers = ready.stream(16);
///     while (auto n = co_await numbers.next()) use(*n);
///
/// Order: events are taken in the order of the sends, each once; no event is lost while there is
/// room. An event is taken when the handler of `next` is called, on its executor: until then it
/// belongs to the stream, so `numbers.next() || timer` loses none.
/// Threads: sends may come from any thread. Several coroutines may wait in `next`; they are woken
/// in turn.
/// Lifetime: ends with the object or with the signal; events sent before can still be taken. A
/// moved-from stream has ended.
template <class... Args>
class event_stream {
  using event = typename detail::event_of<Args...>::type;
  using queue = detail::event_queue<event>;

 public:
  /// A single argument, a tuple of several, or std::monostate for none. Text is kept as a string.
  using value_type = event;

  /// Exceptions: std::invalid_argument for capacity 0, and for overflow::block, because the thread
  /// that takes the events is unknown and may be the one that would be blocked.
  template <class R>
  event_stream(signal<R(Args...)>& of, std::size_t capacity, overflow when_full)
      : queue_(checked(capacity, when_full)),
        connection_(of.connect(detail::stream_receiver<Args...>(queue_))) {}

  /// void(error_code, std::optional<value_type>): no value when the stream has ended;
  /// operation_aborted if it was cancelled, and then no event is lost.
  template <class Token = boost::asio::deferred_t>
  auto next(Token&& token = {}) {
    return boost::asio::async_initiate<Token,
                                       void(boost::system::error_code, std::optional<value_type>)>(
        detail::initiate_take<value_type>(), token, queue_);
  }

  /// Ends the stream: it gets no more events, and waiting coroutines complete without a value.
  void close() { connection_.disconnect(); }

  /// The number of events that were dropped or rejected.
  std::uint64_t dropped() const noexcept { return queue_ ? queue_->dropped() : 0; }

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

/// Collects all events from now on.
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

/// The implementation of signal::next.
template <class R, class... Args, class Token = boost::asio::deferred_t>
auto start_next(signal<R(Args...)>& of, Token&& token = {}) {
  static_assert(std::is_void_v<R>, "aldis: next cannot answer; the signal must not ask");
  using event = typename detail::event_of<Args...>::type;
  return boost::asio::async_initiate<Token, void(boost::system::error_code, std::optional<event>)>(
      detail::initiate_next<R, Args...>{&of}, token);
}

/// Completes with the next event after it was initiated (for deferred: awaited), or without a value
/// if the signal is destroyed. Misses events between two calls, and an event that coincides with
/// the other side of `next() || other`: use `stream` to get them all.
///
/// The signature is void(error_code, std::optional<event>), the event as in event_stream;
/// operation_aborted if it was cancelled.
template <class R, class... Args, class Token = boost::asio::deferred_t>
auto next(signal<R(Args...)>& of, Token&& token = {}) {
  return start_next(of, std::forward<Token>(token));
}

}  // namespace aldis
