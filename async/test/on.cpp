// Queued calls: their executor, arguments and order.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include "event.hpp"
#include "pool.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace std::string_literals;

namespace {

struct counting {
  static inline std::atomic<int> copies{0};

  counting() = default;
  counting(const counting&) { ++copies; }
  counting(counting&&) noexcept {}
};

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  }
}

struct listener {
  std::vector<int> seen;
  void on(int n) { seen.push_back(n); }
};

}  // namespace

TEST_CASE("a queued receiver is called by its executor, after the send") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  ready.connect([&](int n) { seen.push_back(n); }, aldis::on(context));

  CHECK(ready.send(1) == 1);
  CHECK(ready.send(2) == 1);
  CHECK(seen.empty());
  context.run();

  CHECK(seen == std::vector{1, 2});
}

TEST_CASE("on accepts any executor, and receivers that take a prefix of the arguments") {
  asio::io_context context;
  asio::thread_pool pool(1);
  aldis::signal<void(int, const std::string&)> ready;
  std::atomic<int> called{0};
  const auto count = [&] { ++called; };
  ready.connect(count, aldis::on(context.get_executor()));
  ready.connect(count, aldis::on(pool));
  ready.connect(count, aldis::on(asio::make_strand(pool)));
  ready.connect(count, aldis::on(asio::any_io_executor(context.get_executor())));
  ready.connect(count, aldis::on(asio::any_io_executor(asio::make_strand(context))));
  ready.connect(count, aldis::on(asio::system_executor()));

  CHECK(ready.send(1, "one") == 6);
  context.run();
  pool.join();
  ready.disconnect_all();

  CHECK(called >= 5);
}

TEST_CASE("the arguments are copied once for all queued receivers") {
  asio::io_context context;
  aldis::signal<void(const counting&)> by_reference;
  aldis::signal<void(counting)> by_value;
  int called = 0;
  for (int i = 0; i < 5; ++i) {
    by_reference.connect([&](const counting&) { ++called; }, aldis::on(context));
    by_value.connect([&](const counting&) { ++called; }, aldis::on(context));
  }
  counting::copies = 0;

  by_reference.send(counting());
  CHECK(counting::copies == 1);
  by_value.send(counting());
  CHECK(counting::copies == 2);
  context.run();

  CHECK(called == 10);
  CHECK(counting::copies == 2);
}

TEST_CASE("the arguments of a lone queued receiver are copied once, and end with its call") {
  asio::io_context context;
  aldis::signal<void(const std::shared_ptr<int>&)> ready;
  int called = 0;
  ready.connect([&] { ++called; });
  aldis::scoped_connection lone =
      ready.connect([&](const std::shared_ptr<int>&) { ++called; }, aldis::on(context));
  const auto argument = std::make_shared<int>(1);

  CHECK(ready.send(argument) == 2);
  CHECK(argument.use_count() == 2);
  context.run();
  CHECK(called == 2);
  CHECK(argument.use_count() == 1);

  {
    // Two receivers share a copy; afterwards there is one again.
    const aldis::scoped_connection other =
        ready.connect([&](const std::shared_ptr<int>&) { ++called; }, aldis::on(context));
    CHECK(ready.send(argument) == 3);
    CHECK(argument.use_count() == 2);
  }
  CHECK(ready.send(argument) == 2);
  CHECK(argument.use_count() == 3);
  lone.disconnect();
  CHECK(argument.use_count() == 1);
  context.restart();
  context.run();
  CHECK(called == 4);
}

TEST_CASE("a view of text is kept as a copy of the text") {
  asio::io_context context;
  aldis::signal<void(std::string_view)> view;
  aldis::signal<void(const char*)> pointer;
  std::vector<std::string> seen;
  view.connect([&](std::string_view text) { seen.emplace_back(text); }, aldis::on(context));
  pointer.connect([&](const char* text) { seen.emplace_back(text ? text : "null"); },
                  aldis::on(context));

  {
    std::string text = "a text that is too long to be stored in place";
    view.send(text);
    pointer.send(text.c_str());
    pointer.send(nullptr);
    text.assign(text.size(), 'x');
  }
  context.run();

  CHECK(seen == std::vector<std::string>{"a text that is too long to be stored in place",
                                         "a text that is too long to be stored in place", "null"});
}

TEST_CASE("a receiver that takes its argument as T&& gets a separate copy") {
  asio::io_context context;
  aldis::signal<void(std::string)> ready;
  std::vector<std::string> seen;
  for (int i = 0; i < 2; ++i) {
    ready.connect([&](std::string&& text) { seen.push_back(std::move(text)); }, aldis::on(context));
  }

  ready.send("mine");
  context.run();

  CHECK(seen == std::vector{"mine"s, "mine"s});
}

TEST_CASE("the calls of a receiver start in the order of the sends, also on a pool") {
  asio::thread_pool pool(4);
  aldis::signal<void(int)> ready;
  std::vector<int> seen[3];
  for (auto& each : seen) ready.connect([&](int n) { each.push_back(n); }, aldis::on(pool));
  std::vector<int> sent;

  for (int i = 0; i < 1000; ++i) {
    ready.send(i);
    sent.push_back(i);
  }
  pool.join();

  for (auto& each : seen) CHECK(each == sent);
}

TEST_CASE("senders and conditions of queued receivers are checked at the send") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<std::string> seen;
  const auto note = [&](const char* who) {
    return [&seen, who](int n) { seen.push_back(who + std::to_string(n)); };
  };
  ready.connect(note("queued"), aldis::on(context), aldis::priority(1));
  ready.connect(note("plain"));
  ready.connect(note("from"), aldis::from(2), aldis::on(context));
  ready.connect(note("when"), aldis::when([](int n) { return n == 3; }), aldis::on(context));
  auto blocked = ready.connect(note("blocked"), aldis::on(context));

  const auto block = blocked.block();
  CHECK(ready.send(1) == 2);
  CHECK(ready.send(2) == 3);
  CHECK(ready.send(3) == 3);
  context.run();

  CHECK(seen == std::vector{"plain1"s, "plain2"s, "plain3"s, "queued1"s, "queued2"s, "queued3"s,
                            "from2"s, "when3"s});
}

TEST_CASE("once is one call, however many sends there were before it started") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  const auto c = ready.connect([&](int n) { seen.push_back(n); }, aldis::on(context), aldis::once);

  CHECK(ready.send(1) == 1);
  CHECK(c.connected());
  ready.send(2);
  context.run();

  CHECK(seen == std::vector{1});
  CHECK_FALSE(c.connected());
  CHECK(ready.send(3) == 0);
}

TEST_CASE("a queued method is called on its object, until the object is gone") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  listener plain;
  auto shared = std::make_shared<listener>();
  ready.connect<&listener::on>(plain, aldis::on(context));
  const auto c = ready.connect(&listener::on, shared, aldis::on(context));

  ready.send(1);
  context.run();
  CHECK(plain.seen == std::vector{1});
  CHECK(shared->seen == std::vector{1});

  ready.send(2);
  shared.reset();
  context.restart();
  context.run();
  CHECK(plain.seen == std::vector{1, 2});
  CHECK_FALSE(c.connected());
  CHECK(ready.disconnect<&listener::on>(plain) == aldis::disconnect_result::disconnected);
}

TEST_CASE("connected_to, id and label work for queued receivers") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  int called = 0;
  {
    const auto c = ready.connected_to([&](int) { ++called; }, aldis::on(context),
                                      aldis::label("counter"), aldis::id("the one"));
    CHECK(ready.is_connected(aldis::id("the one")));
    CHECK(c.get().info().label == "counter");
    ready.send(1);
    context.run();
  }
  ready.send(2);
  context.restart();
  context.run();

  CHECK(called == 1);
  CHECK(ready.size() == 0);
}

TEST_CASE("an exception of a queued receiver goes to its handler, else to receiver_failed") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<std::string> seen;
  ready.connect([](int) { throw std::runtime_error("handled"); },
                aldis::on(context, {.failed = [&](const std::exception_ptr& error) {
                            seen.push_back(message_of(error));
                            throw 1;
                          }}));
  const auto c = ready.connect([](int) { throw std::runtime_error("told"); }, aldis::on(context));
  ready.receiver_failed().connect(
      [&](const aldis::connection& who, const std::exception_ptr& error) {
        CHECK(who == c);
        seen.push_back(message_of(error));
      });

  CHECK(ready.send(1) == 2);
  context.run();

  CHECK(seen == std::vector{"handled"s, "told"s});
  CHECK(c.info().failures == 1);
  CHECK(c.connected());
}

TEST_CASE("a failure is counted even without a receiver of receiver_failed") {
  asio::io_context context;
  aldis::signal<void()> tick;
  const auto c = tick.connect([] { throw 1; }, aldis::on(context));

  tick.send();
  tick.send();
  context.run();

  CHECK(c.info().failures == 2);
  CHECK(c.info().started == 2);
}

TEST_CASE("a plain send that would need queued answers throws before it calls a receiver") {
  asio::io_context context;
  aldis::signal<int(int)> total;
  int called = 0;
  total.connect([&](int n) { return called = n; });
  CHECK(total.send(1).size() == 1);
  aldis::scoped_connection c = total.connect([](int n) { return n; }, aldis::on(context));
  called = 0;

  CHECK_THROWS_AS(total.send(1), std::logic_error);
  CHECK_THROWS_AS(total.send_robust(1), std::logic_error);
  CHECK_THROWS_WITH(total.send_until([](int) { return true; }, 1), doctest::Contains("async_send"));
  CHECK(called == 0);

  c.disconnect();
  CHECK(total.send(1).size() == 1);
}

TEST_CASE("a send from a queued receiver queues its calls last") {
  asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  ready.connect(
      [&](int n) {
        seen.push_back(n);
        if (n < 3) ready.send(n + 1);
        seen.push_back(-n);
      },
      aldis::on(context));

  ready.send(1);
  context.run();

  CHECK(seen == std::vector{1, -1, 2, -2, 3, -3});
}

TEST_CASE("a busy receiver does not delay the others of its executor") {
  asio::io_context context;
  aldis::signal<void()> busy;
  aldis::signal<void()> other;
  int done = 0;
  int done_before = -1;
  busy.connect([&] { ++done; }, aldis::on(context));
  other.connect([&] { done_before = done; }, aldis::on(context));

  for (int i = 0; i < 1000; ++i) busy.send();
  other.send();
  context.run();

  CHECK(done == 1000);
  CHECK(done_before < 1000);
}

TEST_CASE("connecting with an empty executor throws invalid_argument") {
  aldis::signal<void(int)> ready;
  CHECK_THROWS_AS(aldis::on(asio::any_io_executor()), std::invalid_argument);
  CHECK_THROWS_AS(ready.connect([] {}, aldis::on(asio::any_io_executor())), std::invalid_argument);
  CHECK(ready.size() == 0);
}
