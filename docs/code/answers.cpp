// docs/guide/answers-and-errors.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

TEST_CASE("answers: a range of replies") {
  std::vector<std::string> names;
  //[replies]
  aldis::signal<int(std::string_view)> price;
  price.connect([] { return 30; }, aldis::label("mill"));
  price.connect([] { return 25; }, aldis::label("farm"));

  auto offers = price.send("flour");
  const auto best = std::min_element(offers.begin(), offers.end(),
                                     [](auto& a, auto& b) { return a.value < b.value; });
  CHECK(best->value == 25);
  CHECK(best->receiver.info().label == "farm");  // best->receiver is its connection
  //[/replies]
}

TEST_CASE("answers: just the values") {
  aldis::signal<int(std::string_view)> price;
  price.connect([] { return 30; });
  price.connect([] { return 25; });
  //[values]
  const auto values = price.send("flour").values();
  CHECK(std::accumulate(values.begin(), values.end(), 0) == 55);
  //[/values]
}

TEST_CASE("answers: until one is good") {
  int asked = 0;
  //[until]
  aldis::signal<bool(std::string_view)> may_enter;
  may_enter.connect([&](std::string_view who) { return ++asked, who == "king"; });
  may_enter.connect([&] { return ++asked, true; });

  auto yes = may_enter.send_until([](bool answer) { return answer; }, "king");
  CHECK(yes.has_value());
  CHECK(asked == 1);  // the second was not asked
  //[/until]
}

TEST_CASE("answers: references") {
  std::string front = "front";
  aldis::signal<std::string&()> door;
  door.connect([&]() -> std::string& { return front; });
  auto doors = door.send();
  doors[0].value += " door";
  CHECK(front == "front door");
  CHECK(*doors.values()[0] == "front door");
}

TEST_CASE("answers: an exception ends the send") {
  int calls = 0;
  //[throws]
  aldis::signal<void()> tick;
  tick.connect([&] { ++calls; });
  aldis::connection bad = tick.connect([] { throw std::runtime_error("no ink"); });
  tick.connect([&] { ++calls; });

  CHECK_THROWS_AS(tick.send(), std::runtime_error);
  CHECK(calls == 1);  // the third was not called

  bad.disconnect();
  CHECK(tick.send() == 2);  // the signal stays usable
  //[/throws]
}

TEST_CASE("answers: robust") {
  //[robust]
  aldis::signal<int(std::string_view)> count;
  count.connect([] { return 7; }, aldis::label("shop"));
  count.connect([]() -> int { throw std::runtime_error("lost the key"); }, aldis::label("store"));

  const auto outcomes = count.send_robust("apples");
  CHECK_FALSE(outcomes.ok());
  CHECK(outcomes[0].value() == 7);
  CHECK(outcomes[1].receiver.info().label == "store");
  CHECK_THROWS_AS(outcomes[1].value(), std::runtime_error);  // throws it again
  //[/robust]
}

TEST_CASE("answers: who declines gives none") {
  aldis::signal<int(int)> ask;
  ask.connect([] { return 1; }, aldis::when([](int n) { return n > 5; }));
  CHECK(ask.send(1).empty());
  CHECK(ask.send(6).size() == 1);
}
