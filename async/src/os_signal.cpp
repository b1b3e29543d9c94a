#include <aldis/async/os_signal.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <map>
#include <memory>
#include <mutex>
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
    // Guarded by mutex_, its calls too: one signal_set must not be used by two threads.
    std::optional<boost::asio::signal_set> set;
    unsigned sets = 0;  // how many there have been
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
    if (!thread_.joinable()) {
      thread_ = std::thread([this] { context_.run(); });
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
          c.sent.send_robust(number);
          const std::lock_guard lock(mutex_);
          // Those that came meanwhile are counted by Asio.
          if (c.set && c.sets == mine) wait(c);
        });
  }

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  std::mutex mutex_;
  std::map<int, std::unique_ptr<caught>> all_;
  std::thread thread_;
};

}  // namespace

signal<void(int)>& os_signal(int number) { return listener::instance().of(number); }

}  // namespace aldis
