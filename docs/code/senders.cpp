// docs/guide/choosing-the-sender.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

//[door]
struct door {
  std::string name;
};
//[/door]

enum class colour { red, green };

//[key]
struct user {
  int number;
  std::string name;
};
//[/key]

//[scope]
struct window {
  std::string name;
  aldis::sender_scope scope;  // subscriptions made with from(this window) end with it
};
//[/scope]

struct thing {
  virtual ~thing() = default;
};
struct base {
  virtual ~base() = default;
  int b = 0;
};
struct derived : thing, base {};

struct database;  // of a C library: defined elsewhere

database* first_database() {
  static char somewhere = 0;
  return reinterpret_cast<database*>(&somewhere);
}

}  // namespace

//[key]

template <>
struct aldis::sender_key<user> {
  static int get(const user& u) { return u.number; }
};
//[/key]

TEST_CASE("senders: by value") {
  //[value]
  aldis::signal<void(int)> floor;
  int cellar = 0;
  floor.connect([&] { ++cellar; }, aldis::from(0));  // 0 is a sender like any other
  floor.send(0);
  floor.send(1);
  CHECK(cellar == 1);

  aldis::signal<void(colour)> light;
  int stops = 0;
  light.connect([&] { ++stops; }, aldis::from(colour::red));
  light.send(colour::green);
  light.send(colour::red);
  CHECK(stops == 1);
  //[/value]
}

TEST_CASE("senders: by identity") {
  //[identity]
  aldis::signal<void(door&)> opened;
  door front{"front"};
  door back{"front"};  // equal, but another door

  int calls = 0;
  opened.connect([&] { ++calls; }, aldis::from(front));
  opened.send(back);
  opened.send(front);
  CHECK(calls == 1);
  //[/identity]
}

TEST_CASE("senders: a derived object is sent as its base") {
  aldis::signal<void(base&)> changed;
  derived object;
  int calls = 0;
  changed.connect([&] { ++calls; }, aldis::from(object));
  changed.send(object);
  CHECK(calls == 1);
}

TEST_CASE("senders: a handle of which only the name is known") {
  database* const open = first_database();
  //[handle]
  aldis::signal<void(database*, int)> changed;  // declared by: struct database;
  int rows = 0;
  changed.connect([&](database*, int row) { rows += row; }, aldis::from(open));
  changed.send(open, 3);
  CHECK(rows == 3);
  //[/handle]
}

TEST_CASE("senders: a key of one's own") {
  //[key_used]
  aldis::signal<void(user)> seen;
  int visits = 0;
  seen.connect([&] { ++visits; }, aldis::from(user{7, "Ada"}));
  seen.send(user{7, "Ada Lovelace"});
  CHECK(visits == 1);
  //[/key_used]
}

TEST_CASE("senders: several") {
  //[several]
  aldis::signal<void(std::string_view)> came;
  int nobles = 0;
  came.connect([&] { ++nobles; }, aldis::from("king"), aldis::from("queen"));

  CHECK(came.send("king") == 1);
  CHECK(came.send("queen") == 1);
  CHECK(came.send("cook") == 0);
  //[/several]
}

namespace {
int greetings = 0;
void greet() { ++greetings; }
}  // namespace

TEST_CASE("senders: several connects, one receiver") {
  greetings = 0;
  //[subscriptions]
  aldis::signal<void(std::string_view)> came;
  came.connect(&greet);                       // every sender
  came.connect(&greet, aldis::from("king"));  // adds a subscription
  came.connect(&greet, aldis::from("king"));  // changes nothing

  CHECK(came.size() == 1);
  CHECK(came.send("king") == 1);  // called once

  came.disconnect(&greet, aldis::from("king"));  // this subscription only
  CHECK(came.send("king") == 1);                 // every sender includes the king
  came.disconnect(&greet);                       // all subscriptions
  CHECK(came.send("king") == 0);
  //[/subscriptions]
}

TEST_CASE("senders: all but one, and any condition") {
  std::vector<std::string> heard;
  //[not_from]
  aldis::signal<void(std::string_view, int)> bid;

  bid.connect([&](std::string_view who) { heard.emplace_back(who); }, aldis::not_from("me"));
  bid.connect([&](std::string_view who) { heard.emplace_back("high: " + std::string(who)); },
              aldis::when([](std::string_view, int amount) { return amount > 100; }));

  bid.send("me", 90);
  bid.send("you", 95);
  bid.send("me", 120);
  CHECK(heard == std::vector<std::string>{"you", "high: me"});
  //[/not_from]
}

TEST_CASE("senders: any_sender") {
  //[any]
  aldis::signal<void(aldis::any_sender)> event;
  door front{"front"};
  int calls = 0;
  event.connect([&] { ++calls; }, aldis::from("clock"));
  event.connect([&] { ++calls; }, aldis::from(7));
  event.connect([&] { ++calls; }, aldis::from(front));
  event.connect([&] { ++calls; }, aldis::from(aldis::any_sender()));  // no sender at all

  CHECK(event.send("clock") == 1);
  CHECK(event.send(7) == 1);
  CHECK(event.send(front) == 1);
  CHECK(event.send({}) == 1);
  CHECK(event.send("7") == 0);  // text is not a number
  //[/any]
  CHECK(event.send(7L) == 1);
  CHECK(event.send(7.0) == 0);
  event.connect([&] { ++calls; }, aldis::from(true));
  CHECK(event.send(1) == 1);
}

TEST_CASE("senders: a shared sender takes its subscriptions along") {
  //[shared]
  aldis::signal<void(door&)> opened;
  auto front = std::make_shared<door>();
  opened.connect([] {}, aldis::from(front));
  CHECK(opened.send(*front) == 1);

  front.reset();
  CHECK_FALSE(opened);
  //[/shared]
}

TEST_CASE("senders: a sender with a scope takes its subscriptions along") {
  //[reuse]
  aldis::signal<void(window&)> opened;
  std::optional<window> w;

  w.emplace();
  opened.connect([] {}, aldis::from(*w));
  CHECK(opened.send(*w) == 1);

  w.emplace();  // another window, at the same address
  CHECK(opened.send(*w) == 0);
  //[/reuse]
}

TEST_CASE("senders: everybody else disconnects first") {
  //[else]
  aldis::signal<void(door&)> opened;
  std::optional<door> cellar;

  cellar.emplace();
  {
    aldis::scoped_connection listening = opened.connect([] {}, aldis::from(*cellar));
    CHECK(opened.send(*cellar) == 1);
  }
  cellar.emplace();  // the connection ended before the door did
  CHECK(opened.send(*cellar) == 0);
  //[/else]
}
