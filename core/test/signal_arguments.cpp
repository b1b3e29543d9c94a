// How the arguments of a send reach the receivers.

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Text that counts how often it is copied and moved, and is empty once moved from.
struct counted {
  static inline int copies = 0;
  static inline int moves = 0;
  static void reset() { copies = moves = 0; }

  std::string text = "intact";

  counted() = default;
  counted(const counted& other) : text(other.text) { ++copies; }
  counted(counted&& other) noexcept : text(std::exchange(other.text, "moved from")) { ++moves; }
  counted& operator=(const counted&) = delete;
};

struct three_words {
  long a, b, c;
  bool operator==(const three_words&) const = default;
};

}  // namespace

TEST_CASE("a by-value argument is copied for all receivers but the last, and moved into that") {
  for (int receivers = 1; receivers <= 6; ++receivers) {
    CAPTURE(receivers);
    aldis::signal<void(counted)> sent;
    calls log;
    for (int i = 0; i < receivers; ++i) {
      sent.connect([&](counted c) { log.push_back(c.text); });
    }

    counted::reset();
    sent.send(counted());

    CHECK(log == calls(static_cast<std::size_t>(receivers), "intact"));
    CHECK(counted::copies == receivers - 1);
    CHECK(counted::moves == 1);
  }
}

TEST_CASE(
    "a by-value argument is moved into the last receiver that a sender and conditions select") {
  aldis::signal<void(int, counted)> sent;
  calls log;
  sent.connect([&](int, counted c) { log.push_back("plain " + c.text); });
  sent.connect([&](int, counted c) { log.push_back("from " + c.text); }, aldis::from(1));
  sent.connect([&](int, counted c) { log.push_back("not " + c.text); }, aldis::not_from(2));
  sent.connect([&](int, counted c) { log.push_back("when " + c.text); },
               aldis::when([](int, const counted& c) { return c.text == "intact"; }));

  counted::reset();
  sent.send(1, counted());

  CHECK(log == calls{"plain intact", "from intact", "not intact", "when intact"});
  CHECK(counted::copies == 3);
  CHECK(counted::moves == 1);
}

TEST_CASE("a by-value argument is moved into the last receiver by every form of send") {
  aldis::signal<std::string(counted)> asked;
  for (int i = 0; i < 3; ++i) asked.connect([](counted c) { return c.text; });
  aldis::signal<void(counted)> told;
  calls log;
  for (int i = 0; i < 3; ++i) told.connect([&](counted c) { log.push_back(c.text); });

  counted::reset();
  const auto values = asked.send(counted()).values();
  CHECK(calls(values.begin(), values.end()) == calls{"intact", "intact", "intact"});
  CHECK(std::pair(counted::copies, counted::moves) == std::pair(2, 1));

  counted::reset();
  told.send_robust(counted());
  CHECK(log == calls{"intact", "intact", "intact"});
  CHECK(std::pair(counted::copies, counted::moves) == std::pair(2, 1));

  counted::reset();
  const auto nobody = asked.send_until([](const std::string&) { return false; }, counted());
  CHECK_FALSE(nobody.has_value());
  CHECK(std::pair(counted::copies, counted::moves) == std::pair(2, 1));
}

TEST_CASE("an argument is not copied for receivers that do not take it") {
  aldis::signal<void(int, counted)> sent;
  calls log;
  sent.connect([&] { log.push_back("none"); });
  sent.connect([&](int, counted c) { log.push_back(c.text); });
  sent.connect([&](int) { log.push_back("one"); });

  counted::reset();
  sent.send(1, counted());

  CHECK(log == calls{"none", "intact", "one"});
  CHECK(counted::copies == 1);
}

TEST_CASE("a receiver may change or move from its by-value argument, and the next gets it intact") {
  aldis::signal<void(std::string)> sent;
  calls log;
  sent.connect([&](std::string s) { log.push_back(s += " changed"); });
  sent.connect([&](std::string&& s) { log.push_back(std::string(std::move(s)) + " taken"); });
  sent.connect([&](const std::string& s) { log.push_back(s + " seen"); });
  sent.connect([&](std::string s) { log.push_back(s); });

  const std::string text(100, 'x');
  sent.send(text);

  CHECK(log == calls{text + " changed", text + " taken", text + " seen", text});
}

TEST_CASE("an lvalue passed to send is not moved from") {
  aldis::signal<void(std::string)> sent;
  sent.connect([](std::string s) { s.clear(); });

  std::string text(100, 'x');
  sent.send(text);
  sent(text);

  CHECK(text == std::string(100, 'x'));
}

TEST_CASE(
    "arguments stay intact if the last receiver is blocked, disconnected or rejects the call") {
  aldis::signal<void(std::string)> sent;
  calls log;
  const std::string text(100, 'x');
  aldis::connection last;
  sent.connect([&](std::string s) { log.push_back("first " + s); });
  sent.connect([&](std::string s) { log.push_back("second " + s); });
  last = sent.connect([&](std::string s) { log.push_back("last " + s); });
  sent.connect([&](std::string s) { log.push_back("never " + s); },
               aldis::when([](const std::string& s) { return s.empty(); }));

  sent.send(text);
  {
    const aldis::connection_block block = last.block();
    sent.send(text);
  }
  last.disconnect();
  sent.send(text);

  CHECK(log == calls{"first " + text, "second " + text, "last " + text, "first " + text,
                     "second " + text, "first " + text, "second " + text});
}

TEST_CASE("an lvalue reference passes through to every receiver") {
  aldis::signal<void(int&)> adjust;
  adjust.connect([](int& n) { n += 1; });
  adjust.connect([](int& n) { n *= 10; });
  adjust.connect([](int& n) { n += 2; }, aldis::when([](int& n) { return n == 20; }));

  int n = 1;
  adjust.send(n);

  CHECK(n == 22);
}

TEST_CASE("a reference to const refers to the sender's object itself") {
  aldis::signal<void(const std::string&, const std::unique_ptr<int>&)> told;
  std::vector<const void*> seen;
  told.connect([&](const std::string& s, const std::unique_ptr<int>& p) {
    seen.push_back(&s);
    seen.push_back(&p);
  });

  const std::string text = "here";
  const auto pointer = std::make_unique<int>(1);
  told.send(text, pointer);

  CHECK(seen == std::vector<const void*>{&text, &pointer});
}

TEST_CASE("large trivial arguments, small ones and text arrive together") {
  aldis::signal<void(three_words, char, std::string, double, const int*)> mixed;
  calls log;
  const int number = 6;
  for (int i = 0; i < 3; ++i) {
    mixed.connect([&](three_words w, char c, std::string s, double d, const int* p) {
      const bool right = w == three_words{1, 2, 3} && c == 'x' && d == 0.25 && p == &number;
      log.push_back(std::exchange(s, "") + (right ? " right" : " wrong"));
      w = {};
    });
  }

  mixed.send({1, 2, 3}, 'x', "text", 0.25, &number);

  CHECK(log == calls{"text right", "text right", "text right"});
}

TEST_CASE("a shared argument is released at the end of the send") {
  aldis::signal<void(std::shared_ptr<int>)> sent;
  std::vector<long> owners;
  sent.connect([&](const std::shared_ptr<int>& p) { owners.push_back(p.use_count()); });
  sent.connect([&](std::shared_ptr<int> p) { p.reset(); });

  auto number = std::make_shared<int>(1);
  sent.send(number);

  CHECK(owners == std::vector<long>{3});
  CHECK(number.use_count() == 1);
}

TEST_CASE("arguments convert to the signal's parameters, and then to the receiver's") {
  aldis::signal<void(std::string, int)> sent;
  calls log;
  sent.connect([&](std::string_view s, double d) {
    log.push_back(std::string(s) + (d == 3.0 ? " three" : " something else"));
  });

  sent.send("literal", 3);

  CHECK(log == calls{"literal three"});
}

TEST_CASE("a parameter may be a reference to a function, also for conditions") {
  static int called = 0;
  called = 0;
  constexpr auto count = +[] { ++called; };
  constexpr auto other = +[] {};
  aldis::signal<void(void (&)(), int)> s;
  s.connect([](void (&f)()) { f(); });
  s.connect(
      [](void (&f)(), int n) {
        called += n;
        f();
      },
      aldis::when([=](void (&f)()) { return &f == count; }));
  s.connect([](void (&f)()) { f(); }, aldis::from(count));

  CHECK(s.send(*count, 10) == 3);
  CHECK(called == 13);
  CHECK(s.send(*other, 10) == 1);
  CHECK(called == 13);
}

TEST_CASE(
    "parameters may be references to arrays, to volatile objects and to functions' pointers") {
  aldis::signal<void(const int(&)[2])> arrays;
  aldis::signal<void(volatile int&)> registers;
  aldis::signal<void(void (*const&)())> pointers;
  int sum = 0;
  arrays.connect([&](const int(&values)[2]) { sum += values[0] + values[1]; });
  registers.connect([&](volatile int& value) { sum += value; });
  pointers.connect([&](void (*f)()) { sum += f != nullptr ? 100 : 0; });

  const int two[2] = {1, 2};
  volatile int changing = 10;
  arrays.send(two);
  registers.send(changing);
  pointers.send([] {});
  CHECK(sum == 113);
}
