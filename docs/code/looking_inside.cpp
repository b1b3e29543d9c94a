// docs/guide/looking-inside.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

TEST_CASE("looking inside: who is connected") {
  //[receivers]
  aldis::signal<void(std::string_view)> came;
  came.connect([] {}, aldis::label("doors"), aldis::from("king"), aldis::priority(2));
  came.connect([] {}, aldis::id("bells"), aldis::times(3));

  const auto all = came.receivers();  // in the order of the calls
  CHECK(all[0].label == "doors");
  CHECK(all[0].selection == "from(\"king\")");
  CHECK(all[0].priority == 2);
  CHECK(all[1].id == "bells");
  CHECK(all[1].times_left == 3);
  CHECK(all[1].file.ends_with("looking_inside.cpp"));  // and all[1].line
  all[0].connection.disconnect();
  CHECK(came.size() == 1);
  //[/receivers]
}

TEST_CASE("looking inside: calls and time") {
  //[count]
  aldis::signal<void()> tick;
  tick.connect([] {});
  tick.send();  // not counted
  tick.count_calls(true);
  tick.send();
  tick.send();
  CHECK(tick.receivers()[0].calls == 2);
  CHECK(tick.receivers()[0].time.count() >= 0);  // nanoseconds inside it
  //[/count]
  tick.count_calls(false);
  tick.send();
  CHECK(tick.receivers()[0].calls == 2);
}

namespace {
void listen(std::string_view) {}
}  // namespace

TEST_CASE("looking inside: questions") {
  //[questions]
  aldis::signal<void(std::string_view)> came;
  came.connect(&listen, aldis::from("king"));

  CHECK(came.has_receivers());  // any receiver; the same as if (came)
  CHECK(came.size() == 1);
  CHECK(came.has_receivers_for("king"));  // would this send call a receiver?
  CHECK_FALSE(came.has_receivers_for("cook"));
  CHECK(came.is_connected(&listen));
  //[/questions]
}

TEST_CASE("looking inside: being told") {
  //[meta]
  aldis::signal<void(int)> changed;
  std::vector<std::string> log;
  changed.receiver_connected().connect(
      [&](const aldis::connection& c) { log.push_back("+" + c.info().label); });
  changed.receiver_disconnected().connect(
      [&](const aldis::connection& c) { log.push_back("-" + c.info().label); });

  changed.connect([] {}, aldis::label("view")).disconnect();
  CHECK(log == std::vector<std::string>{"+view", "-view"});
  //[/meta]
}

TEST_CASE("looking inside: refusing") {
  //[refuse]
  aldis::signal<void(int)> changed;
  changed.receiver_connected().connect([&](const aldis::connection& c) {
    if (c.info().priority > 10) throw std::invalid_argument("not so important");
  });

  CHECK_THROWS_AS(changed.connect([] {}, aldis::priority(11)), std::invalid_argument);
  CHECK_FALSE(changed);  // it was undone
  //[/refuse]
}
