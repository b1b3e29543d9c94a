// The code of docs/from-qt.md and docs/guide/threads-and-executors.md: an event loop other than
// Asio's.

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include <boost/asio.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace {

/// A model of a GUI's event loop.
class gui {
 public:
  void post(std::function<void()> call) { calls_.push(std::move(call)); }
  bool here() const { return std::this_thread::get_id() == thread_; }
  void run() {
    for (; !calls_.empty(); calls_.pop()) calls_.front()();
  }

 private:
  std::thread::id thread_ = std::this_thread::get_id();
  std::queue<std::function<void()>> calls_;
};

//[loop]
class gui_context : public asio::execution_context {
 public:
  class executor_type;

  explicit gui_context(gui& loop) : loop_(loop) {}
  ~gui_context() {
    shutdown();  // notifies aldis that nothing can be posted any more
    destroy();
  }
  executor_type get_executor() noexcept;

 private:
  gui& loop_;
};

class gui_context::executor_type {
 public:
  explicit executor_type(gui_context& of) noexcept : of_(&of) {}

  template <class F>
  void execute(F call) const {
    // The loop's function to run something later; F is move-only.
    of_->loop_.post([kept = std::make_shared<F>(std::move(call))] { (*kept)(); });
  }
  bool running_in_this_thread() const noexcept { return of_->loop_.here(); }

  asio::execution_context& query(asio::execution::context_t) const noexcept { return *of_; }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  executor_type require(asio::execution::blocking_t::never_t) const noexcept { return *this; }
  bool operator==(const executor_type&) const noexcept = default;

 private:
  gui_context* of_;
};

gui_context::executor_type gui_context::get_executor() noexcept { return executor_type(*this); }
//[/loop]

}  // namespace

TEST_CASE("receivers run in the loop of a GUI") {
  gui loop;
  std::vector<std::string> shown;

  //[use]
  gui_context in_gui(loop);  // one for the program, with the loop's lifetime
  aldis::signal<void(std::string)> loaded;
  loaded.connect([&](const std::string& page) { shown.push_back(page); }, aldis::on(in_gui));

  std::thread([&] { loaded.send("news"); }).join();
  loop.run();
  //[/use]

  CHECK(shown == std::vector<std::string>{"news"});
}

TEST_CASE("a coroutine and a bounded queue run there, too") {
  gui loop;
  gui_context in_gui(loop);
  aldis::signal<void(int)> moved;
  std::vector<int> seen;
  moved.connect(
      [&](int x) -> asio::awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        seen.push_back(x);
      },
      aldis::on(in_gui));
  moved.connect([&](int x) { seen.push_back(-x); }, aldis::on(in_gui, {.capacity = 4}));

  moved.send(7);
  loop.run();

  CHECK(seen == std::vector<int>{-7, 7});
}
