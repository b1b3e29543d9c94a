// The steps of docs/life-of-a-queued-send.md.

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include <boost/asio.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using aldis::disconnect_result;

namespace {

struct counting {
  static inline int copies = 0;
  counting() = default;
  counting(const counting&) { ++copies; }
};

}  // namespace

TEST_CASE("step 1: short or long, plain receivers and queued ones are called; answers must wait") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int called = 0;
  tick.connect([&] { ++called; });
  for (int queued = 1; queued <= 3; ++queued) {
    tick.connect([&] { ++called; }, aldis::on(context));
    called = 0;
    CHECK(tick.send() == static_cast<std::size_t>(1 + queued));
    CHECK(called == 1);
    context.restart();
    context.run();
    CHECK(called == 1 + queued);
  }

  aldis::signal<int()> total;
  {
    const aldis::scoped_connection c = total.connect([] { return 1; }, aldis::on(context));
    CHECK_THROWS_AS(total.send(), std::logic_error);
  }
  CHECK(total.send().empty());
}

TEST_CASE("step 2: the conditions are asked on the sending thread") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::thread::id asked;
  ready.connect([](int) {}, aldis::on(context), aldis::when([&](int) {
                  asked = std::this_thread::get_id();
                  return false;
                }));
  CHECK(ready.send(1) == 0);
  CHECK(asked == std::this_thread::get_id());
}

TEST_CASE("step 3: the arguments are copied once, for all queued receivers of the send") {
  asio::io_context context;
  aldis::signal<void(const counting&)> ready;
  for (int i = 0; i < 3; ++i) ready.connect([](const counting&) {}, aldis::on(context));
  counting::copies = 0;
  ready.send(counting());
  context.run();
  CHECK(counting::copies == 1);
}

TEST_CASE("step 4: a full queue is dealt with by the send") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  const auto c = ready.connect(
      [](int) {}, aldis::on(context, {.capacity = 1, .overflow = aldis::overflow::drop_newest}));
  CHECK(ready.send(1) == 1);
  CHECK(ready.send(2) == 0);
  CHECK(c.info().dropped == 1);
}

TEST_CASE("step 5: the executor is told once, however much is queued") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  int called = 0;
  ready.connect([&] { ++called; }, aldis::on(context));
  for (int i = 0; i < 10; ++i) ready.send(i);
  CHECK(context.poll() == 1);
  CHECK(called == 10);
}

TEST_CASE("step 6: the executor enters the receiver as a send does; a disconnect finds it inside") {
  asio::io_context context;
  aldis::signal<void()> tick;
  aldis::connection c;
  disconnect_result result{};
  c = tick.connect([&] { result = c.disconnect(); }, aldis::on(context));
  tick.send();
  context.run();
  CHECK(result == disconnect_result::deferred);
}

TEST_CASE("step 7: who was disconnected before is not called, and what was queued is gone") {
  asio::io_context context;
  aldis::signal<void(std::shared_ptr<int>)> ready;
  int called = 0;
  const auto c = ready.connect([&] { ++called; }, aldis::on(context));
  auto argument = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = argument;
  ready.send(std::move(argument));
  CHECK(c.disconnect() == disconnect_result::disconnected);
  CHECK(watched.expired());
  context.run();
  CHECK(called == 0);
}

TEST_CASE("step 8: what a tracked object's receiver needs is kept alive for the call") {
  struct listener {
    std::weak_ptr<listener> self;
    bool alive = false;
    void on() { alive = self.use_count() > 1; }
  };
  asio::io_context context;
  aldis::signal<void()> tick;
  auto object = std::make_shared<listener>();
  object->self = object;
  tick.connect<&listener::on>(object, aldis::on(context));
  tick.send();
  context.run();
  CHECK(object->alive);
}

TEST_CASE("step 9: calls are made one after the other, in the order of the sends") {
  asio::thread_pool pool(2);
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  ready.connect([&](int n) { seen.push_back(n); }, aldis::on(pool));
  std::vector<int> sent;
  for (int i = 0; i < 200; ++i) {
    ready.send(i);
    sent.push_back(i);
  }
  pool.join();
  CHECK(seen == sent);
}

TEST_CASE("step 10: what it throws is told, not thrown into the executor") {
  asio::io_context context;
  aldis::signal<void()> tick;
  int told = 0;
  tick.receiver_failed().connect([&] { ++told; });
  tick.connect([] { throw std::runtime_error("no"); }, aldis::on(context));
  tick.send();
  context.run();
  CHECK(told == 1);
}

TEST_CASE("step 11: after some calls others have their turn") {
  asio::io_context context;
  aldis::signal<void()> busy;
  int done = 0;
  busy.connect([&] { ++done; }, aldis::on(context));
  for (int i = 0; i < 100; ++i) busy.send();
  context.run_one();
  CHECK(done < 100);
  context.run();
  CHECK(done == 100);
}
