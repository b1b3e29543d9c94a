#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(std::is_same_v<decltype(std::declval<const aldis::signal<void()>&>().receivers()),
                             std::vector<aldis::receiver_info>>);
static_assert(std::is_copy_constructible_v<aldis::receiver_info>);

namespace {

using strings = std::vector<std::string>;

enum class colour { red, green };

struct shop {};

struct listener {
  void on(int) {}
};

void function(int) {}

strings labels(const aldis::signal<void(int)>& ready) {
  strings result;
  for (const aldis::receiver_info& each : ready.receivers()) result.push_back(each.label);
  return result;
}

strings selections(const auto& signal) {
  strings result;
  for (const aldis::receiver_info& each : signal.receivers()) result.push_back(each.selection);
  return result;
}

std::vector<std::uint64_t> counted(const aldis::signal<void(int)>& ready) {
  std::vector<std::uint64_t> result;
  for (const aldis::receiver_info& each : ready.receivers()) result.push_back(each.calls);
  return result;
}

bool ends_with(std::string_view all, std::string_view end) { return all.ends_with(end); }
bool contains(std::string_view all, std::string_view part) {
  return all.find(part) != std::string_view::npos;
}

}  // namespace

TEST_CASE("the list of receivers of an unconnected signal is empty") {
  aldis::signal<void(int)> ready;
  CHECK(ready.receivers().empty());
  ready.connect([] {}).disconnect();
  CHECK(ready.receivers().empty());
}

TEST_CASE("receivers are listed in the order of the calls, whatever their senders") {
  aldis::signal<void(int)> ready;
  ready.connect([] {}, aldis::label("a"));
  ready.connect([] {}, aldis::label("b"), aldis::from(1));
  ready.connect([] {}, aldis::label("c"), aldis::priority(1));
  ready.connect([] {}, aldis::label(std::string("d")), aldis::not_from(2));
  ready.connect([] {}, aldis::label("e"), aldis::priority(-1), aldis::from(3));
  ready.connect([] {}, aldis::label("f"));

  CHECK(labels(ready) == strings{"c", "a", "b", "d", "f", "e"});
}

TEST_CASE("a receiver is listed with the line that connected it") {
  aldis::signal<void(int)> ready;
  listener l;
  std::vector<unsigned> lines;
  std::vector<unsigned> expected;

  ready.connect([] {});
  expected.push_back(__LINE__ - 1);
  ready.connect(function, aldis::from(1), aldis::priority(0));
  expected.push_back(__LINE__ - 1);
  ready.connect<&listener::on>(l);
  expected.push_back(__LINE__ - 1);
  ready.connect(&listener::on, std::make_shared<listener>(l), aldis::from(2));
  expected.push_back(__LINE__ - 1);
  const aldis::scoped_connection c = ready.connected_to([] {});
  expected.push_back(__LINE__ - 1);

  const auto kept = std::make_shared<listener>();
  const aldis::scoped_connection d = ready.connected_to<&listener::on>(kept);
  expected.push_back(__LINE__ - 1);
  expected.erase(expected.begin() + 3);  // its object is gone

  for (const aldis::receiver_info& each : ready.receivers()) {
    lines.push_back(each.line);
    CHECK(ends_with(each.file, "receiver_info.cpp"));
  }
  CHECK(lines == expected);
}

TEST_CASE("without a label, the type and the source line are the label") {
  aldis::signal<void(int)> ready;
  ready.connect(function);
  const std::string at = "receiver_info.cpp:" + std::to_string(__LINE__ - 1);
  listener l;
  ready.connect<&listener::on>(l);

  const strings all = labels(ready);

  CAPTURE(all[0]);
  CAPTURE(all[1]);
  CHECK(contains(all[0], "void (*)(int)"));
  CHECK(ends_with(all[0], at));
  CHECK_FALSE(contains(all[0], "/"));
  CHECK(contains(all[1], "listener"));
}

TEST_CASE("a listed receiver has its senders and conditions as text, as they were written") {
  aldis::signal<void(std::string)> told;
  told.connect([] {});
  told.connect([] {}, aldis::from("king"));
  told.connect([] {}, aldis::from("king"), aldis::from("queen"));
  told.connect([] {}, aldis::not_from("king"), aldis::not_from("queen"));
  told.connect([] {}, aldis::when([] { return true; }), aldis::from("king"));
  told.connect([] {}, aldis::when([] { return true; }));

  CHECK(selections(told) == strings{"everyone", "from(\"king\")", "from(\"king\"), from(\"queen\")",
                                    "not_from(\"king\"), not_from(\"queen\")",
                                    "from(\"king\"), when", "when"});
}

TEST_CASE("the listed senders follow subscriptions that are added and removed") {
  aldis::signal<void(int)> ready;
  strings seen;
  const auto note = [&] {
    for (const std::string& each : selections(ready)) seen.push_back(each);
  };
  ready.connect(function, aldis::from(1));
  ready.connect(function, aldis::from(-2));
  note();
  {
    const aldis::scoped_connection c = ready.connected_to(function);
    note();
  }
  ready.disconnect(function, aldis::from(1));
  note();

  CHECK(seen == strings{"from(1), from(-2)", "everyone", "from(-2)"});
}

TEST_CASE("senders of every kind are listed readably") {
  aldis::signal<void(aldis::any_sender)> told;
  const shop s;
  told.connect([] {}, aldis::from(UINT64_MAX));
  told.connect([] {}, aldis::from(0.5));
  told.connect([] {}, aldis::from(colour::green));
  told.connect([] {}, aldis::from(s));
  told.connect([] {}, aldis::from(aldis::any_sender()));

  const strings all = selections(told);

  CHECK(all[0] == "from(18446744073709551615)");
  CHECK(contains(all[1], "0.5"));
  CHECK(contains(all[2], "colour"));
  CHECK(contains(all[2], "1"));
  CHECK(contains(all[3], "from(0x"));
  CHECK(all[4] == "from(none)");
}

TEST_CASE("id, priority, tracking, blocks and remaining calls are listed") {
  aldis::signal<void(int)> ready;
  const auto object = std::make_shared<int>(1);
  const aldis::connection c = ready.connect([] {}, aldis::id("x"), aldis::priority(-7),
                                            aldis::tracking(object), aldis::times(5));
  const aldis::connection_block block = c.block();
  ready.connect([] {});

  const std::vector<aldis::receiver_info> all = ready.receivers();

  REQUIRE(all.size() == 2);
  const aldis::receiver_info& plain = all[0];
  const aldis::receiver_info& other = all[1];
  CHECK(other.id == "x");
  CHECK(other.priority == -7);
  CHECK(other.weak);
  CHECK(other.blocked);
  CHECK(other.times_left == 5);
  CHECK(other.connection == c);
  CHECK(plain.id.empty());
  CHECK(plain.priority == 0);
  CHECK_FALSE(plain.weak);
  CHECK_FALSE(plain.blocked);
  CHECK(plain.times_left == 0);
}

TEST_CASE("the number of remaining calls decreases with each call") {
  aldis::signal<void(int)> ready;
  const aldis::connection c = ready.connect([] {}, aldis::times(3));
  std::vector<std::uint64_t> left;
  for (int i = 0; i < 2; ++i) {
    left.push_back(c.info().times_left);
    ready.send(i);
  }
  left.push_back(c.info().times_left);

  CHECK(left == std::vector<std::uint64_t>{3, 2, 1});
}

TEST_CASE("info of a connection equals the listed one, and is empty after a disconnect") {
  aldis::signal<void(int)> ready;
  const aldis::connection c = ready.connect([] {}, aldis::label("a"), aldis::from(1));

  CHECK(c.info().label == "a");
  CHECK(c.info().selection == "from(1)");
  CHECK(c.info().connection == c);
  c.disconnect();
  CHECK(c.info().label.empty());
  CHECK(c.info().line == 0);
  CHECK(c.info().connection == aldis::connection());
  CHECK(aldis::connection().info().label.empty());
}

TEST_CASE("a listed receiver can be disconnected and blocked") {
  aldis::signal<void(int)> ready;
  ready.connect([] {}, aldis::label("keep"));
  ready.connect([] {}, aldis::label("drop"));

  for (const aldis::receiver_info& each : ready.receivers()) {
    if (each.label == "drop") each.connection.disconnect();
  }

  CHECK(labels(ready) == strings{"keep"});
}

TEST_CASE("receivers may be called inside a receiver") {
  aldis::signal<void(int)> ready;
  strings seen;
  aldis::connection own;
  own = ready.connect(
      [&] {
        seen = labels(ready);
        own.disconnect();
        for (const std::string& each : labels(ready)) seen.push_back(each + " left");
      },
      aldis::label("a"));
  ready.connect([] {}, aldis::label("b"));

  ready.send(1);

  CHECK(seen == strings{"a", "b", "b left"});
}

TEST_CASE("calls are not counted before count_calls") {
  aldis::signal<void(int)> ready;
  ready.connect([] {});
  ready.send(1);

  CHECK(counted(ready) == std::vector<std::uint64_t>{0});
  CHECK(ready.receivers()[0].time == std::chrono::nanoseconds(0));
}

TEST_CASE("count_calls counts the calls that are made") {
  aldis::signal<void(int)> ready;
  ready.count_calls(true);
  const aldis::connection c = ready.connect([] {});
  ready.connect([] {}, aldis::from(1));
  ready.connect([] {}, aldis::not_from(1));
  ready.connect([] {}, aldis::when([](int n) { return n == 2; }));
  ready.connect([] {}, aldis::times(5));
  {
    const aldis::connection_block block = c.block();
    ready.send(1);
  }
  ready.send(1);
  ready.send(2);
  ready.send(3);

  CHECK(counted(ready) == std::vector<std::uint64_t>{3, 2, 2, 1, 4});

  ready.count_calls(false);
  ready.send(9);
  CHECK(c.info().calls == 3);
}

TEST_CASE("count_calls counts calls that throw, nested calls and calls with answers") {
  aldis::signal<int(int)> asked;
  asked.count_calls(true);
  const aldis::connection c = asked.connect([&](int n) -> int {
    if (n == 0) throw std::runtime_error("zero");
    if (n == 5) asked.send(4);
    return n;
  });

  CHECK_THROWS_AS(asked.send(0), std::runtime_error);
  asked.send(1);
  asked.send_robust(2);
  asked.send_until([](int) { return true; }, 3);
  asked.send(5);

  CHECK(c.info().calls == 6);
}

TEST_CASE("count_calls measures the time inside receivers") {
  aldis::signal<void(int)> ready;
  ready.count_calls(true);
  const auto clock = [] { return std::chrono::steady_clock::now(); };
  const aldis::connection c = ready.connect([&] {
    const auto end = clock() + std::chrono::microseconds(100);
    while (clock() < end) {
    }
  });
  const auto before = clock();
  ready.send(1);
  ready.send(1);
  const auto elapsed = clock() - before;

  CHECK(c.info().time >= std::chrono::microseconds(200));
  CHECK(c.info().time <= elapsed);
}
