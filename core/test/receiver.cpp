#include <aldis/receiver.hpp>
#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(!std::is_copy_constructible_v<aldis::receiver<void(int)>>);
static_assert(std::is_nothrow_move_constructible_v<aldis::receiver<void(int)>>);

namespace {

void function(int n) { trace.push_back("function " + std::to_string(n)); }
void shorter() { trace.push_back("shorter"); }
int answering(int n) noexcept {
  trace.push_back("answering " + std::to_string(n));
  return n;
}

/// Counts its living objects.
struct counted {
  int* living;
  explicit counted(int* count) : living(count) { ++*living; }
  counted(const counted& other) : living(other.living) { ++*living; }
  ~counted() { --*living; }
};

}  // namespace

TEST_CASE("functions, references and pointers to them are receivers") {
  aldis::signal<void(int)> ready;
  trace.clear();
  void (&reference)(int) = function;
  ready.connect(reference);
  ready.connect(&shorter);
  ready.connect(answering);

  ready.send(1);

  CHECK(trace == calls{"function 1", "shorter", "answering 1"});
  CHECK(ready.is_connected(function));
  CHECK(ready.is_connected(shorter));
  CHECK(ready.is_connected(&answering));
}

TEST_CASE("lambdas may be const, mutable and move-only") {
  aldis::signal<void(int)> ready;
  calls log;
  const auto constant = [&](int n) { log.push_back("const " + std::to_string(n)); };
  auto counting = [&, n = 0]() mutable { log.push_back("mutable " + std::to_string(++n)); };
  auto only = [&, p = std::make_unique<int>(7)] { log.push_back("only " + std::to_string(*p)); };
  ready.connect(constant);
  ready.connect(counting);
  ready.connect(std::move(only));

  ready.send(1);
  ready.send(2);

  CHECK(log == calls{"const 1", "mutable 1", "only 7", "const 2", "mutable 2", "only 7"});
}

TEST_CASE("a receiver is copied, so that the original may be destroyed") {
  aldis::signal<void()> tick;
  calls log;
  {
    const std::string text(50, 'x');
    const auto receiver = [&log, text] { log.push_back(text); };
    tick.connect(receiver);
  }

  tick.send();

  CHECK(log == calls{std::string(50, 'x')});
}

TEST_CASE("a receiver in a std::ref is not copied") {
  struct counter {
    int called = 0;
    void operator()() { ++called; }
  };
  aldis::signal<void()> tick;
  counter c;
  tick.connect(std::ref(c));

  tick.send();
  tick.send();

  CHECK(c.called == 2);
}

TEST_CASE("captures of every size and alignment arrive intact") {
  aldis::signal<void()> tick;
  calls log;
  struct alignas(64) line {
    std::array<int, 16> numbers{};
  };
  line aligned;
  aligned.numbers[15] = 15;
  std::array<char, 4096> large{};
  large.back() = 'z';
  const double number = 0.5;
  const std::string text = "text";

  tick.connect([&log] { log.push_back("one word"); });
  tick.connect([&log, n = std::int64_t{2}] { log.push_back("two words " + std::to_string(n)); });
  tick.connect([&log, number, text] { log.push_back(text + (number == 0.5 ? " half" : "")); });
  tick.connect([&log, large] { log.push_back(std::string("large ") + large.back()); });
  tick.connect([&log, aligned] {
    const auto at = reinterpret_cast<std::uintptr_t>(&aligned);
    log.push_back("aligned " + std::to_string(at % 64) + ' ' + std::to_string(aligned.numbers[15]));
  });
  tick.send();

  CHECK(log == calls{"one word", "two words 2", "text half", "large z", "aligned 0 15"});
}

TEST_CASE("an empty over-aligned receiver is called and destroyed") {
  struct alignas(32) wide {
    void operator()() const { trace.push_back("wide"); }
  };
  aldis::signal<void()> tick;
  trace.clear();
  const aldis::connection c = tick.connect(wide{});

  tick.send();
  c.disconnect();

  CHECK(trace == calls{"wide"});
}

TEST_CASE("every copy of a receiver is destroyed exactly once") {
  int living = 0;
  {
    aldis::signal<void()> tick;
    const counted small(&living);
    std::array<char, 100> room{};
    tick.connect([small] {});
    tick.connect([small, room] { static_cast<void>(room[0]); });
    tick.connect([small] {}, aldis::when([small] { return true; }));
    const aldis::scoped_connection c = tick.connect([small] {});
    CHECK(living == 6);
  }
  CHECK(living == 0);
}

TEST_CASE("a receiver keeps its address while it is connected") {
  struct self_aware {
    std::vector<const void*>* seen;
    std::shared_ptr<int> not_trivial = std::make_shared<int>(1);
    char room[40] = {};
    void operator()() const { seen->push_back(this); }
  };
  aldis::signal<void()> tick;
  std::vector<const void*> seen;
  tick.connect(self_aware{&seen});

  tick.send();
  for (int i = 0; i < 100; ++i) tick.connect([] {}, aldis::priority(i));
  tick.send();

  CHECK(seen.size() == 2);
  CHECK(seen[0] == seen[1]);
}

TEST_CASE("a std::function is a receiver, and an empty one throws") {
  aldis::signal<void(int)> ready;
  calls log;
  std::function<void(int)> f = [&](int n) { log.push_back(std::to_string(n)); };
  ready.connect(f);
  f = nullptr;
  ready.send(1);

  CHECK(log == calls{"1"});
  CHECK_THROWS_AS(ready.connect(f), std::invalid_argument);
  CHECK_THROWS_AS(ready.connect(std::function<void()>()), std::invalid_argument);
  CHECK_THROWS_AS(ready.connect(static_cast<void (*)(int)>(nullptr)), std::invalid_argument);
  CHECK(ready.size() == 1);
}

TEST_CASE("is_connected and disconnect do not accept receivers that cannot be compared") {
  aldis::signal<void(int)> ready;
  const auto lambda = [](int) {};
  ready.connect(lambda);

  CHECK_THROWS_AS(ready.disconnect(lambda), std::invalid_argument);
  CHECK_THROWS_AS(ready.disconnect(lambda, aldis::from(1)), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(ready.is_connected(lambda)), std::invalid_argument);
  CHECK(ready.size() == 1);
}

TEST_CASE("the return values of receivers of a void signal are ignored") {
  aldis::signal<void(int)> ready;
  trace.clear();
  ready.connect([](int) -> std::string { return "ignored"; });
  ready.connect([](int) { return std::make_unique<int>(1); });
  ready.connect(answering);

  CHECK(ready.send(2) == 3);
}

TEST_CASE("a captureless lambda converted to a function pointer can be compared") {
  aldis::signal<void(int)> ready;
  void (*const pointer)(int) = [](int n) { function(n); };
  ready.connect(pointer);
  ready.connect(pointer);

  CHECK(ready.size() == 1);
  CHECK(ready.disconnect(pointer) == aldis::disconnect_result::disconnected);
}

TEST_CASE("a receiver that takes any number of arguments gets them all") {
  aldis::signal<void(int, std::string_view)> inner;
  aldis::signal<void(int, std::string_view)> outer;
  calls log;
  inner.connect([&](int n, std::string_view s) { log.push_back(s.data() + std::to_string(n)); });
  outer.connect([&](auto&&... all) { inner.send(all...); });
  outer.connect([&](auto first, auto... rest) {
    log.push_back(std::to_string(first) + ' ' + std::to_string(sizeof...(rest)));
  });

  outer.send(7, "n");

  CHECK(log == calls{"n7", "7 1"});
}

TEST_CASE("a receiver may be constructed first and connected later") {
  aldis::signal<void(int)> ready;
  calls log;
  aldis::receiver<void(int)> made([&](int n) { log.push_back(std::to_string(n)); });
  aldis::receiver<void(int)> moved = std::move(made);
  ready.connect(std::move(moved));
  {
    const aldis::receiver<void(int)> unused([text = std::string(100, 'x')] {});
  }

  ready.send(3);

  CHECK(log == calls{"3"});
}

namespace {

int quiet_calls = 0;
void quiet(int) noexcept { ++quiet_calls; }

struct quiet_object {
  void on(int) const noexcept {}
};

}  // namespace

TEST_CASE("a function is the same receiver whether its pointer says noexcept or not") {
  aldis::signal<void(int)> s;
  s.connect(&quiet);
  void (*const plain)(int) = &quiet;
  CHECK(s.is_connected(plain));
  s.connect(plain);
  CHECK(s.size() == 1);
  CHECK(s.disconnect(plain) == aldis::disconnect_result::disconnected);

  quiet_object object;
  void (quiet_object::*const method)(int) const = &quiet_object::on;
  s.connect<&quiet_object::on>(object);
  CHECK(s.is_connected(method, object));
}
