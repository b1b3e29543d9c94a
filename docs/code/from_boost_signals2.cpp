// docs/from-boost-signals2.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

TEST_CASE("from boost: a combiner is a loop over the replies") {
  //[combiner]
  aldis::signal<int(int)> area;
  area.connect([](int side) { return side * side; });
  area.connect([](int side) { return 3 * side; });

  int largest = 0;
  for (const auto& reply : area.send(4)) largest = std::max(largest, reply.value);
  CHECK(largest == 16);
  //[/combiner]
}

TEST_CASE("from boost: a lazy combiner is send_until") {
  int asked = 0;
  aldis::signal<bool()> handle;
  handle.connect([&] { return ++asked, true; });
  handle.connect([&] { return ++asked, true; });
  CHECK(handle.send_until([](bool done) { return done; }));
  CHECK(asked == 1);
}

TEST_CASE("from boost: groups") {
  std::vector<std::string> heard;
  const auto says = [&](const char* what) { return [&heard, what] { heard.emplace_back(what); }; };
  //[groups]
  aldis::signal<void()> hello;
  hello.connect(says("World"), aldis::priority(-1));  // was group 1
  hello.connect(says("Hello"));                       // was group 0
  hello.send();
  CHECK(heard == std::vector<std::string>{"Hello", "World"});
  //[/groups]
}

TEST_CASE("from boost: tracking") {
  //[track]
  struct post {
    int seen = 0;
    void on_message() { ++seen; }
  };
  aldis::signal<void()> message;
  auto p = std::make_shared<post>();
  message.connect<&post::on_message>(
      p);  // was slot_type(&post::on_message, p.get()).track_foreign(p)
  message.send();
  CHECK(p->seen == 1);
  p.reset();
  CHECK(message.send() == 0);
  //[/track]
}

TEST_CASE("from boost: connect_extended") {
  int calls = 0;
  //[extended]
  aldis::signal<void()> ready;
  ready.connect([&] {
    ++calls;
    aldis::this_connection().disconnect();  // from inside: does not wait for itself
  });
  //[/extended]
  ready.send();
  ready.send();
  CHECK(calls == 1);
}
