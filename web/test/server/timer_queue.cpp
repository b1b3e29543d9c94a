#include "server/timer_queue.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
using aldis::web::detail::time_point;
using aldis::web::detail::timer;
using aldis::web::detail::timer_queue;

struct named final : timer {
  named(char name, std::string& due) : name_(name), due_(due) {}

  void on_timer() override {
    due_ += name_;
    if (then) then();
  }

  std::function<void()> then;

 private:
  char name_;
  std::string& due_;
};

const time_point begin{};

}  // namespace

TEST_CASE("timers are called in the order of their times, once, and not before their time") {
  timer_queue queue;
  std::string due;
  named a('a', due);
  named b('b', due);
  named c('c', due);
  queue.set(a, begin + 30ms);
  queue.set(b, begin + 10ms);
  queue.set(c, begin + 20ms);

  CHECK(queue.next() == begin + 10ms);
  queue.advance(begin + 9ms);
  CHECK(due.empty());
  queue.advance(begin + 20ms);
  CHECK(due == "bc");
  CHECK(a.is_set());
  CHECK_FALSE(b.is_set());
  queue.advance(begin + 1h);
  CHECK(due == "bca");
  CHECK(queue.empty());
}

TEST_CASE("a timer that is set again, cancelled or destroyed is not called at its old time") {
  timer_queue queue;
  std::string due;
  named a('a', due);
  named b('b', due);
  queue.set(a, begin + 10ms);
  queue.set(a, begin + 30ms);
  queue.set(b, begin + 10ms);
  b.cancel();
  b.cancel();
  {
    named c('c', due);
    queue.set(c, begin + 10ms);
  }

  queue.advance(begin + 20ms);
  CHECK(due.empty());
  queue.advance(begin + 30ms);
  CHECK(due == "a");
}

TEST_CASE("a timer that is called may set itself, cancel others, and be destroyed") {
  timer_queue queue;
  std::string due;
  named a('a', due);
  named b('b', due);
  auto c = std::make_unique<named>('c', due);
  a.then = [&] {
    if (due == "a") queue.set(a, begin + 20ms);
    b.cancel();
  };
  c->then = [&] { const auto last = std::move(c); };
  queue.set(a, begin + 10ms);
  queue.set(b, begin + 10ms);
  queue.set(*c, begin + 10ms);

  queue.advance(begin + 10ms);
  CHECK(due == "ac");
  CHECK(c == nullptr);
  queue.advance(begin + 20ms);
  CHECK(due == "aca");
}
