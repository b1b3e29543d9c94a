// docs/guide/sending-and-receiving.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

//[comparable]
int rings = 0;
void ring(std::string_view) { ++rings; }

struct porter {
  int calls = 0;
  void open(std::string_view) { ++calls; }
};
//[/comparable]

}  // namespace

TEST_CASE("sending: what can receive") {
  rings = 0;
  //[receivers]
  aldis::signal<void(std::string_view, int)> came;
  porter hans;
  int silver = 0;

  came.connect(&ring);                                          // a function
  came.connect<&porter::open>(hans);                            // a method, known at compile time
  came.connect(&porter::open, hans);                            // the same receiver again
  came.connect([&](std::string_view, int n) { silver += n; });  // a lambda
  came.connect([] {});                                          // takes none of the arguments
  came.connect(std::function<void(std::string_view)>([](std::string_view) {}));

  CHECK(came.send("the count", 7) == 5);
  CHECK(hans.calls == 1);
  CHECK(silver == 7);
  //[/receivers]
  CHECK(rings == 1);
}

TEST_CASE("sending: signals as receivers") {
  std::vector<std::string> heard;
  //[linked]
  aldis::signal<void(std::string_view, int)> came;
  aldis::signal<void(std::string_view)> gate;
  gate.connect([&](std::string_view who) { heard.emplace_back(who); });

  came.connect(gate, aldis::not_from("cat"));
  came.send("the count", 7);
  came.send("cat", 1);
  CHECK(heard == std::vector<std::string>{"the count"});

  came.disconnect(gate);
  //[/linked]
  CHECK_FALSE(came);
}

TEST_CASE("sending: receivers that compare") {
  rings = 0;
  //[compare]
  aldis::signal<void(std::string_view)> came;

  came.connect(&ring);
  came.connect(&ring);  // changes nothing
  CHECK(came.size() == 1);
  CHECK(came.is_connected(&ring));

  came.disconnect(&ring);
  CHECK_FALSE(came.is_connected(&ring));
  //[/compare]
}

TEST_CASE("sending: an id replaces") {
  //[id]
  aldis::signal<void()> reload;
  std::string version;

  auto start = [&](std::string v) {
    return reload.connect([&version, v] { version = v; }, aldis::id("cache"));
  };
  aldis::connection first = start("one");
  start("two");

  CHECK_FALSE(first.connected());
  reload.send();
  CHECK(version == "two");
  CHECK(reload.disconnect(aldis::id("cache")) == aldis::disconnect_result::disconnected);
  //[/id]
}

TEST_CASE("sending: the order") {
  std::vector<std::string> heard;
  auto says = [&](const char* what) { return [&heard, what] { heard.emplace_back(what); }; };
  //[order]
  aldis::signal<void(std::string_view)> came;
  came.connect(says("second"));
  came.connect(says("third"), aldis::from("king"));
  came.connect(says("first"), aldis::priority(1));
  came.connect(says("fourth"));
  came.send("king");
  CHECK(heard == std::vector<std::string>{"first", "second", "third", "fourth"});
  //[/order]
}

TEST_CASE("sending: once and times") {
  //[times]
  aldis::signal<void()> tick;
  int first = 0;
  int few = 0;
  tick.connect([&] { ++first; }, aldis::once);
  tick.connect([&] { ++few; }, aldis::times(3));

  for (int i = 0; i < 10; ++i) tick.send();

  CHECK(first == 1);
  CHECK(few == 3);
  CHECK_FALSE(tick);  // no receiver is left
  //[/times]
}

TEST_CASE("sending: arguments arrive intact") {
  //[arguments]
  aldis::signal<void(std::string)> letter;
  std::vector<std::string> kept;
  letter.connect([&](std::string text) { kept.push_back(std::move(text)); });
  letter.connect([&](std::string text) { kept.push_back(std::move(text)); });
  letter.send("dear aunt");
  CHECK(kept == std::vector<std::string>{"dear aunt", "dear aunt"});

  aldis::signal<void(int&)> raise;
  raise.connect([](int& price) { price += 1; });
  raise.connect([](int& price) { price *= 2; });
  int price = 10;
  raise.send(price);
  CHECK(price == 22);
  //[/arguments]
}

TEST_CASE("sending: re-entry") {
  std::vector<std::string> heard;
  //[reentry]
  aldis::signal<void()> tick;
  aldis::connection later;

  tick.connect(
      [&] {
        heard.emplace_back("first");
        tick.connect([&] { heard.emplace_back("new"); });  // waits for the next send
        later.disconnect();                                // no longer called
      },
      aldis::once);
  later = tick.connect([&] { heard.emplace_back("later"); });

  tick.send();
  CHECK(heard == std::vector<std::string>{"first"});

  tick.send();
  CHECK(heard == std::vector<std::string>{"first", "new"});
  //[/reentry]
}

TEST_CASE("sending: a send inside a send") {
  std::vector<int> heard;
  //[nested]
  aldis::signal<void(int)> count;
  count.connect([&](int n) {
    if (n > 1) count.send(n - 1);
  });
  count.connect([&](int n) { heard.push_back(n); });

  count.send(3);
  CHECK(heard == std::vector<int>{1, 2, 3});  // the inner ones are complete first
  //[/nested]
}

TEST_CASE("sending: nobody listens") {
  int made = 0;
  auto draw = [&] { return std::string(static_cast<std::size_t>(++made), '*'); };
  //[nobody]
  aldis::signal<void(std::string_view, const std::string&)> picture;

  if (picture) picture.send("castle", draw());  // draw() is expensive
  CHECK(made == 0);

  picture.connect([] {}, aldis::from("castle"));
  if (picture.has_receivers_for("moat")) picture.send("moat", draw());
  CHECK(made == 0);
  //[/nobody]
}
