// Senders, an executor and a timer, in every order: the last call is made, no event is lost, and
// every wait completes.

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include "interleave.hpp"
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using time_point = std::chrono::nanoseconds;

/// The shared state of the senders and the executor.
struct machine : asio::execution_context {
  std::deque<std::function<void()>> tasks;
  std::optional<std::pair<time_point, std::function<void()>>> timer;
  time_point now{0};
  std::size_t busy = 0;  // the number of threads that may still add tasks

  machine() = default;
  ~machine() {
    shutdown();
    destroy();
  }
  bool idle() const { return busy == 0 && tasks.empty() && !timer; }

  /// The thread of the executor.
  void run() {
    for (;;) {
      interleave::wait_until([this] { return !tasks.empty() || idle(); });
      if (tasks.empty()) return;
      const std::function<void()> next = std::move(tasks.front());
      tasks.pop_front();
      ++busy;
      next();
      --busy;
    }
  }

  /// The timer: once it is set, it may expire at any moment.
  void run_timer() {
    for (;;) {
      interleave::wait_until([this] { return timer || idle(); });
      if (!timer) return;
      now = std::max(now, timer->first);
      const std::function<void()> due = std::move(timer->second);
      timer.reset();
      ++busy;
      due();
      --busy;
    }
  }
};

class on_machine {
 public:
  explicit on_machine(machine& of) : of_(&of) {}

  asio::execution_context& query(asio::execution::context_t) const noexcept { return *of_; }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  on_machine require(asio::execution::blocking_t::never_t) const noexcept { return *this; }

  template <class F>
  void execute(F task) const {
    interleave::point();
    of_->tasks.emplace_back([held = std::make_shared<F>(std::move(task))] { (*held)(); });
  }

  friend bool operator==(const on_machine& a, const on_machine& b) noexcept {
    return a.of_ == b.of_;
  }

 private:
  machine* of_;
};

/// Like the steady clock: setting the timer again ends the previous wait.
class machine_clock final : public aldis::detail::rate_clock {
 public:
  explicit machine_clock(machine& of) : of_(of) {}
  time_point now() const noexcept override { return of_.now; }
  void call_at(time_point time, std::function<void()> due) override {
    interleave::point();
    of_.timer.emplace(time, std::move(due));
  }

 private:
  void context_ended() noexcept override {}
  machine& of_;
};

struct machine_option : aldis::detail::timed_option {
  machine* of;
};
aldis::detail::reference<aldis::detail::rate_clock> make_clock(const machine_option& option,
                                                               const on_machine&) {
  return aldis::detail::reference<aldis::detail::rate_clock>(new machine_clock(*option.of));
}

/// Two senders and a receiver on the executor.
struct world {
  machine shared;
  aldis::signal<void(int)> ready;
  aldis::connection receiver;
  std::vector<int> seen;
  std::vector<time_point> when;
  std::size_t sends = 1;
  std::size_t taken_on = 0;

  template <class... Options>
  void connect(aldis::on_options how, Options... options) {
    receiver = ready.connect(
        [this](int n) {
          seen.push_back(n);
          when.push_back(shared.now);
        },
        aldis::on(on_machine(shared), std::move(how)), options...);
  }

  void send(int from) {
    for (std::size_t i = 0; i < sends; ++i) {
      shared.now += 1ns;
      taken_on += ready.send(from + static_cast<int>(i));
    }
    --shared.busy;
  }

  interleave::bodies bodies() {
    shared.busy = 2;
    return {[this] { send(10); }, [this] { send(20); }, [this] { shared.run(); },
            [this] { shared.run_timer(); }};
  }

  std::string wrong() const {
    const aldis::receiver_info info = receiver.info();
    if (info.queued != 0) return "a call waits forever";
    if (info.running != 0) return "a call runs forever";
    if (seen.empty()) return "no call";
    if (seen.back() != 10 + static_cast<int>(sends) - 1 &&
        seen.back() != 20 + static_cast<int>(sends) - 1) {
      return "the last call is not of the last send of anybody";
    }
    return {};
  }
};

/// Every queued call is made, or dropped and counted.
struct counted_world : world {
  std::string wrong() const {
    if (seen.size() + receiver.info().dropped != 2 * sends)
      return "a call is lost, and not counted";
    return world::wrong();
  }
};

template <aldis::detail::rate_limit::kind Kind>
struct paced_world : world {
  static constexpr time_point period = 10ns;

  paced_world() {
    sends = 2;
    connect({}, machine_option{{{}, {Kind, period}, nullptr}, &shared});
  }
  std::string wrong() const {
    for (std::size_t i = 1; i < when.size(); ++i) {
      if (Kind == aldis::detail::rate_limit::kind::throttle && when[i] - when[i - 1] < period) {
        return "two calls in one period";
      }
    }
    return world::wrong();
  }
};

/// One coroutine at a time, which suspends, with a rate limit.
struct coroutines_world : world {
  coroutines_world() {
    receiver = ready.connect(
        [this](int n) -> asio::awaitable<void> {
          co_await asio::post(asio::use_awaitable);
          seen.push_back(n);
        },
        aldis::on(on_machine(shared), {.at_once = 1}),
        machine_option{{{}, {aldis::detail::rate_limit::kind::debounce, 10ns}, nullptr}, &shared});
  }
};

/// The executor ends while others send.
struct ended_world : world {
  std::unique_ptr<machine> other = std::make_unique<machine>();

  ended_world() {
    receiver = ready.connect([this](int n) { seen.push_back(n); }, aldis::on(on_machine(*other)));
  }
  interleave::bodies bodies() {
    shared.busy = 2;
    return {[this] { send(10); }, [this] { send(20); }, [this] { other.reset(); }};
  }
  std::string wrong() {
    const aldis::receiver_info info = receiver.info();
    if (info.queued != 0) return "a call waits forever";
    if (info.dropped != 2) return "a call is lost, and not counted";
    if (ready.send(1) != 0) return "it is counted after its executor has ended";
    return {};
  }
};

/// Two waits for events of a stream, one of which is cancelled, and two senders.
struct stream_world {
  machine shared;
  aldis::signal<void(int)> ready;
  aldis::event_stream<int> numbers = ready.stream(1);
  asio::cancellation_signal give_up;
  std::vector<int> seen;
  std::size_t ended = 0;

  void take() {
    asio::post(on_machine(shared), [this] {
      const auto note = [this](boost::system::error_code, std::optional<int> n) {
        if (n) seen.push_back(*n);
        ++ended;
      };
      numbers.next(asio::bind_cancellation_slot(give_up.slot(),
                                                asio::bind_executor(on_machine(shared), note)));
      numbers.next(asio::bind_executor(on_machine(shared), note));
      asio::post(on_machine(shared), [this] { give_up.emit(asio::cancellation_type::terminal); });
    });
    --shared.busy;
  }
  void send(int n) {
    ready.send(n);
    --shared.busy;
  }

  interleave::bodies bodies() {
    shared.busy = 3;
    return {[this] { take(); }, [this] { send(1); }, [this] { send(2); }, [this] { shared.run(); }};
  }

  void run_tasks() {
    while (!shared.tasks.empty()) {
      const std::function<void()> next = std::move(shared.tasks.front());
      shared.tasks.pop_front();
      next();
    }
  }

  std::string wrong() {
    numbers.close();
    run_tasks();
    if (ended != 2) return "a wait never ends";
    bool empty = false;
    while (!empty) {
      numbers.next(asio::bind_executor(on_machine(shared), [&](auto, std::optional<int> n) {
        if (n) seen.push_back(*n);
        empty = !n;
      }));
      run_tasks();
    }
    if (seen.size() + numbers.dropped() != 2) return "an event is lost, or comes twice";
    return {};
  }
};

/// An awaited send to two receivers, cancelled meanwhile.
struct awaited_world {
  machine shared;
  aldis::signal<int(int)> price;
  std::size_t ended = 0;
  asio::cancellation_signal give_up;

  awaited_world() {
    price.connect([](int n) { return n; }, aldis::on(on_machine(shared)));
    price.connect(
        [](int n) -> asio::awaitable<int> {
          co_await asio::post(asio::use_awaitable);
          co_return 2 * n;
        },
        aldis::on(on_machine(shared)));
  }
  interleave::bodies bodies() {
    shared.busy = 2;
    const auto ask = [this] {
      price.async_send(
          1, asio::bind_cancellation_slot(
                 give_up.slot(),
                 asio::bind_executor(
                     on_machine(shared),
                     [this](const std::exception_ptr&, const aldis::replies<int>&) { ++ended; })));
      --shared.busy;
    };
    const auto leave = [this] {
      asio::post(on_machine(shared), [this] { give_up.emit(asio::cancellation_type::terminal); });
      --shared.busy;
    };
    return {ask, leave, [this] { shared.run(); }};
  }
  std::string wrong() const {
    if (ended != 1) return "an awaited send ends never, or twice";
    return {};
  }
};

template <class World>
bool holds(const char* title, std::size_t preemptions) {
  return interleave::explore(title, preemptions, [] { return std::make_unique<World>(); });
}

template <aldis::overflow Overflow>
struct bounded_world : counted_world {
  bounded_world() {
    sends = 2;
    connect({.capacity = 1, .overflow = Overflow});
  }
};

struct unbounded_world : counted_world {
  unbounded_world() { connect({}); }
};

}  // namespace

int main() {
  using kind = aldis::detail::rate_limit::kind;
  bool ok = true;
  ok &= holds<unbounded_world>("unbounded", 1);
  ok &= holds<bounded_world<aldis::overflow::drop_oldest>>("drop_oldest", 1);
  ok &= holds<paced_world<kind::debounce>>("debounce", 1);
  ok &= holds<paced_world<kind::throttle>>("throttle", 1);
  ok &= holds<coroutines_world>("coroutines", 1);
  ok &= holds<ended_world>("the executor ends", 1);
  ok &= holds<stream_world>("stream", 1);
  ok &= holds<awaited_world>("async_send", 1);
  return ok ? 0 : 1;
}
