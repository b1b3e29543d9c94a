#include <aldis/async/os_signal.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <pthread.h>

#include <condition_variable>
#include <csignal>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <thread>

namespace aldis {

namespace {

/// Never destroyed: its thread may be inside a receiver when the process exits.
class listener {
 public:
  static listener& instance() {
    static auto* const only = new listener;
    return *only;
  }

  listener() {
    // Core must register its fork handlers first, so that they lock core's mutexes after these.
    signal<void()> first;
    const connection c = first.connect([] {});
    first.send();
    c.disconnect();
    pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork(false); },
                   [] { instance().after_fork(true); });
  }

  signal<void(int)>& of(int number) {
    const std::lock_guard lock(mutex_);
    std::unique_ptr<caught>& one = all_[number];
    if (!one) {
      one = std::make_unique<caught>();
      caught* const c = one.get();
      c->sent.receiver_connected().connect([this, c, number] { listen(*c, number); });
      c->sent.receiver_disconnected().connect([this, c] { rest(*c); });
    }
    return one->sent;
  }

 private:
  struct caught {
    signal<void(int)> sent;
    // mutex_ also guards its member functions: two threads must not use one signal_set.
    std::optional<boost::asio::signal_set> set;
    unsigned sets = 0;  // the number of signal_sets so far
  };

  void listen(caught& c, int number) {
    const std::lock_guard lock(mutex_);
    if (c.set) return;
    c.set.emplace(context_);
    try {
      c.set->add(number);
    } catch (...) {
      c.set.reset();
      throw;
    }
    ++c.sets;
    wait(c);
    if (!running_) {
      thread_ = std::thread([this] { context_.run(); });
      running_ = true;
    }
  }

  void rest(caught& c) {
    const std::lock_guard lock(mutex_);
    if (!c.sent) c.set.reset();
  }

  void wait(caught& c) {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): called where there is one
    c.set->async_wait(
        [this, &c, mine = c.sets](const boost::system::error_code& error, int number) {
          if (error) return;
          {
            const in_receivers outside(*this);
            c.sent.send_robust(number);
          }
          const std::lock_guard lock(mutex_);
          // Asio counts the signals that arrive in the meantime.
          if (c.set && c.sets == mine) wait(c);
        });
  }

  /// While receivers run, the thread does not use Asio, and a fork does not wait for it.
  class in_receivers {
   public:
    explicit in_receivers(listener& of) : of_(of) {
      const std::lock_guard lock(of_.fork_mutex_);
      of_.where_ = away;
      of_.moved_.notify_all();
    }
    in_receivers(const in_receivers&) = delete;
    in_receivers& operator=(const in_receivers&) = delete;
    ~in_receivers() {
      std::unique_lock lock(of_.fork_mutex_);
      of_.forked_.wait(lock, [this] { return !of_.forking_; });
      of_.where_ = listening;
    }

   private:
    listener& of_;
  };

  /// Prepares Asio for the child as notify_fork requires: no thread is inside Asio, and Asio is
  /// notified before and after. The mutexes are locked in the meantime. Signals are blocked until
  /// the child is notified: otherwise a signal to the child would reach the parent.
  void before_fork() {
    sigset_t all;
    sigfillset(&all);
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, &all, &before);
    mutex_.lock();
    mask_ = before;
    std::unique_lock lock(fork_mutex_);
    forking_ = true;
    if (running_ && std::this_thread::get_id() != thread_.get_id() && where_ == listening) {
      boost::asio::post(context_, [this] {
        std::unique_lock inside(fork_mutex_);
        where_ = parked;
        moved_.notify_all();
        forked_.wait(inside, [this] { return !forking_; });
        where_ = listening;
      });
      moved_.wait(lock, [this] { return where_ != listening; });
    }
    lock.release();
    context_.notify_fork(boost::asio::io_context::fork_prepare);
  }

  void after_fork(bool child) {
    if (child) {
      context_.notify_fork(boost::asio::io_context::fork_child);
      // The thread does not exist in the child. The object that it waited in must not be used
      // again.
      new (&forked_) std::condition_variable;
      new (&thread_) std::thread;
      running_ = false;
      where_ = listening;
      // Removing the last registration restores the system's action.
      for (auto& [number, one] : all_) one->set.reset();
    } else {
      context_.notify_fork(boost::asio::io_context::fork_parent);
    }
    forking_ = false;
    forked_.notify_all();
    const sigset_t before = mask_;
    fork_mutex_.unlock();
    mutex_.unlock();
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> runner_{
      context_.get_executor()};
  std::mutex mutex_;
  std::map<int, std::unique_ptr<caught>> all_;
  std::thread thread_;
  bool running_ = false;
  sigset_t mask_{};  // of the thread that forks

  // fork_mutex_, which is locked after mutex_, guards the members below.
  enum { listening, parked, away } where_ = listening;  // the state of the thread
  bool forking_ = false;
  std::mutex fork_mutex_;
  std::condition_variable moved_;
  std::condition_variable forked_;
};

}  // namespace

signal<void(int)>& os_signal(int number) { return listener::instance().of(number); }

}  // namespace aldis
