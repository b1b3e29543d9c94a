// A signal connected to a signal.

#include <aldis/named.hpp>
#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include "event.hpp"
#include "trace.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using aldis::disconnect_result;

TEST_CASE("a signal connected to a signal forwards its sends") {
  aldis::signal<void(int, const std::string&)> a;
  aldis::signal<void(int, const std::string&)> b;
  calls log;
  b.connect([&](int n, const std::string& s) { log.push_back(std::to_string(n) + s); });

  const aldis::connection c = a.connect(b);
  CHECK(a.send(1, "x") == 1);
  b.send(2, "y");
  c.disconnect();
  CHECK(a.send(3, "z") == 0);

  CHECK(log == calls{"1x", "2y"});
}

TEST_CASE("a connected signal takes all arguments or the first ones, and converts them") {
  aldis::signal<void(int, std::string, double)> a;
  aldis::signal<void(long, std::string_view)> two;
  aldis::signal<void()> none;
  calls log;
  two.connect([&](long n, std::string_view s) { log.push_back(std::to_string(n).append(s)); });
  none.connect([&] { log.emplace_back("none"); });
  a.connect(two);
  a.connect(none);

  CHECK(a.send(7, "x", 0.5) == 2);

  CHECK(log == calls{"7x", "none"});
}

TEST_CASE("a forwarded send passes references through, and values intact to every receiver") {
  aldis::signal<void(int&, std::string)> a;
  aldis::signal<void(int&, std::string)> b;
  calls log;
  const auto note = [&](int& n, std::string s) {
    ++n;
    log.push_back(std::move(s));
  };
  a.connect(note);
  a.connect(b);
  b.connect(note);
  b.connect(note);
  a.connect(note);
  int n = 0;

  a.send(n, "long enough to be moved from");

  CHECK(n == 4);
  CHECK(log == calls(4, "long enough to be moved from"));
}

TEST_CASE("the answers of a connected signal are dropped") {
  aldis::signal<void(int)> a;
  aldis::signal<int(int)> b;
  int sum = 0;
  b.connect([&](int n) { return sum += n; });
  a.connect(b);

  CHECK(a.send(4) == 1);
  CHECK(sum == 4);
}

TEST_CASE("a link between signals ends with its target") {
  aldis::signal<void()> a;
  auto b = std::make_unique<aldis::signal<void()>>();
  int heard = 0;
  b->connect([&] { ++heard; });
  const auto c = a.connect(*b);
  const auto again = a.connect([] {});
  CHECK(a.send() == 2);

  b.reset();

  CHECK_FALSE(c.connected());
  CHECK(a.size() == 1);
  CHECK(a.send() == 1);
  CHECK(a.receivers().size() == 1);
  CHECK(heard == 1);
}

TEST_CASE("a link between signals ends with its source") {
  std::optional<aldis::signal<void()>> a(std::in_place);
  aldis::signal<void()> b;
  const auto c = a->connect(b);

  a.reset();

  CHECK_FALSE(c.connected());
  CHECK(b.send() == 0);
}

TEST_CASE("the state of a signal without sends is freed with its last link, in either order") {
  for (int round = 0; round < 100; ++round) {
    aldis::signal<void()> a;
    {
      aldis::signal<void()> b;
      a.connect(b);
      b.connect(a);
    }
    CHECK_FALSE(a);
  }
}

TEST_CASE("links to destroyed signals do not accumulate") {
  aldis::signal<void()> a;
  for (int i = 0; i < 1000; ++i) {
    aldis::signal<void()> b;
    a.connect(b);
  }

  CHECK(a.size() == 0);
}

TEST_CASE("a link follows both signals when they are moved") {
  aldis::signal<void(int)> a;
  aldis::signal<void(int)> b;
  std::vector<int> heard;
  b.connect([&](int n) { heard.push_back(n); });
  const auto c = a.connect(b);

  aldis::signal<void(int)> a2 = std::move(a);
  aldis::signal<void(int)> b2 = std::move(b);
  a2.send(1);
  CHECK(a2.is_connected(b2));
  b2 = aldis::signal<void(int)>();  // ends the old signal

  CHECK_FALSE(c.connected());
  CHECK(a2.send(2) == 0);
  CHECK(heard == std::vector<int>{1});
}

TEST_CASE("connecting the same signals twice is one receiver") {
  aldis::signal<void(int)> a;
  aldis::signal<void(int)> b;
  aldis::signal<void(int)> other;
  std::vector<int> heard;
  b.connect([&](int n) { heard.push_back(n); });

  const auto first = a.connect(b, aldis::from(1));
  const auto second = a.connect(b, aldis::from(2));
  a.send(1);
  a.send(2);
  a.send(3);

  CHECK(first == second);
  CHECK(a.size() == 1);
  CHECK(heard == std::vector<int>{1, 2});
  CHECK(a.is_connected(b));
  CHECK_FALSE(a.is_connected(other));
  CHECK(a.disconnect(b, aldis::from(1)) == disconnect_result::disconnected);
  CHECK(a.send(1) == 0);
  CHECK(a.disconnect(other) == disconnect_result::not_connected);
  CHECK(a.disconnect(b) == disconnect_result::disconnected);
  CHECK_FALSE(a.is_connected(b));
  CHECK(a.disconnect(b) == disconnect_result::not_connected);
}

TEST_CASE("a link accepts the options of any receiver") {
  aldis::signal<void(int)> a;
  aldis::signal<void(int)> b;
  calls log;
  a.connect([&] { log.emplace_back("plain"); });
  b.connect([&](int n) { log.push_back("linked " + std::to_string(n)); });
  auto life = std::make_shared<int>(0);
  a.connect(b, aldis::priority(1), aldis::times(2), aldis::when([](int n) { return n != 2; }),
            aldis::tracking(life), aldis::label("to b"));
  CHECK(a.receivers().front().label == "to b");
  CHECK(a.receivers().front().weak);

  for (int n = 1; n < 5; ++n) a.send(n);

  CHECK(log == calls{"linked 1", "plain", "plain", "linked 3", "plain", "plain"});
}

TEST_CASE("receivers() has the location that connected a link") {
  aldis::signal<void()> a;
  aldis::signal<void()> b;
  const unsigned line = __LINE__ + 1;
  const auto c = a.connect(b);

  CHECK(c.info().line == line);
  CHECK(c.info().file == __FILE__);
}

TEST_CASE("connected_to accepts a signal, and removes the link") {
  aldis::signal<void()> a;
  aldis::signal<void()> b;
  b.connect([] {});
  {
    const auto here = a.connected_to(b);
    CHECK(a.send() == 1);
  }
  CHECK(a.send() == 0);
}

TEST_CASE("named signals can be connected") {
  aldis::registry names;
  auto& a = names.named<void(int)>("a");
  auto& b = names.named<void(int)>("b");
  int heard = 0;
  b.connect([&](int n) { heard = n; });
  a.connect(b);

  a.send(5);

  CHECK(heard == 5);
}

TEST_CASE("a signal is not connected to itself") {
  aldis::signal<void()> a;

  CHECK_THROWS_WITH_AS(a.connect(a), "aldis: a signal cannot be connected to itself",
                       std::invalid_argument);
  CHECK_FALSE(a);
}

TEST_CASE("in a cycle of signals, a send goes around once") {
  aldis::signal<void(int)> a;
  aldis::signal<void(int)> b;
  aldis::signal<void(int)> c;
  calls log;
  a.connect(b);
  b.connect(c);
  c.connect(a);
  a.connect([&](int n) { log.push_back("a" + std::to_string(n)); });
  b.connect([&](int n) { log.push_back("b" + std::to_string(n)); });
  c.connect([&](int n) { log.push_back("c" + std::to_string(n)); });

  a.send(1);
  b.send(2);

  CHECK(log == calls{"c1", "b1", "a1", "a2", "c2", "b2"});
}

TEST_CASE("a send from a receiver in a cycle of signals is a separate send") {
  aldis::signal<void(int)> a;
  aldis::signal<void(int)> b;
  calls log;
  a.connect(b);
  b.connect(a);
  a.connect([&](int n) { log.push_back("a" + std::to_string(n)); });
  b.connect([&](int n) {
    log.push_back("b" + std::to_string(n));
    if (n > 0) a.send(n - 1);
  });

  a.send(1);

  CHECK(log == calls{"b1", "b0", "a0", "a1"});
}

TEST_CASE("a muted signal forwards no sends") {
  aldis::signal<void()> a;
  aldis::signal<void()> b;
  int heard = 0;
  b.connect([&] { ++heard; });
  a.connect(b);
  {
    const auto quiet = b.mute();
    a.send();
  }
  CHECK(heard == 0);
  a.send();
  CHECK(heard == 1);
}

TEST_CASE("an exception of a receiver ends the forwarded send and the original one") {
  aldis::signal<void()> a;
  aldis::signal<void()> b;
  calls log;
  b.connect([] { throw 1; });
  b.connect([&] { log.emplace_back("b"); });
  a.connect(b);
  a.connect([&] { log.emplace_back("a"); });

  CHECK_THROWS_AS(a.send(), int);
  CHECK(a.send_robust().size() == 2);

  CHECK(log == calls{"a"});
}

TEST_CASE("a receiver of a forwarded send may destroy the source signal") {
  aldis::signal<void()> a;
  auto b = std::make_unique<aldis::signal<void()>>();
  calls log;
  b->connect([&] {
    log.emplace_back("first");
    b.reset();
  });
  b->connect([&] { log.emplace_back("second"); });
  const auto c = a.connect(*b);
  a.connect([&] { log.emplace_back("a"); });

  a.send();
  a.send();

  CHECK(log == calls{"first", "a", "a"});
  CHECK_FALSE(c.connected());
}

TEST_CASE("a receiver of a forwarded send may destroy both signals") {
  auto a = std::make_unique<aldis::signal<void()>>();
  auto b = std::make_unique<aldis::signal<void()>>();
  calls log;
  b->connect([&] {
    log.emplace_back("first");
    a.reset();
    b.reset();
  });
  a->connect(*b);
  a->connect([&] { log.emplace_back("a"); });

  a->send();

  CHECK(log == calls{"first"});
}

TEST_CASE("the destructor of a signal waits for a receiver of another thread's forwarded send") {
  aldis::signal<void()> a;
  auto b = std::make_unique<aldis::signal<void()>>();
  event inside;
  std::atomic<bool> left = false;
  aldis::connection heard;
  heard = b->connect([&] {
    inside.set();
    while (heard.connected()) std::this_thread::yield();  // until the destructor has started
    left = true;
  });
  a.connect(*b);
  std::thread sender([&] { a.send(); });
  REQUIRE(inside.wait());

  b.reset();

  CHECK(left);
  sender.join();
  CHECK(a.size() == 0);
}

TEST_CASE("links are made and removed while other threads send through them") {
  aldis::signal<void(int)> a;
  std::atomic<bool> done = false;
  std::atomic<long> heard = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < 2; ++i) {
    senders.emplace_back([&] {
      while (!done) a.send(1);
    });
  }
  for (int i = 0; i < 500; ++i) {
    auto alive = std::make_unique<int>(1);
    aldis::signal<void(int)> b;
    b.connect([&](int n) { heard += *alive == 1 ? n : 0; });
    a.connect(b);
    if (i % 2 == 0) b.send(1);
  }
  done = true;
  for (auto& each : senders) each.join();

  CHECK(heard >= 250);
  CHECK(a.size() == 0);
}
