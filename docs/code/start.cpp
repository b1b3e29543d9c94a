// docs/start.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

TEST_CASE("start: define, listen, send") {
  //[first]
  aldis::signal<void(std::string_view, int)> sold;

  int apples = 0;
  sold.connect([&](std::string_view what, int count) {
    if (what == "apples") apples += count;
  });

  sold.send("apples", 3);
  sold.send("pears", 5);

  CHECK(apples == 3);
  //[/first]
}

TEST_CASE("start: one sender only") {
  //[sender]
  aldis::signal<void(std::string_view, int)> sold;

  int apples = 0;
  sold.connect([&](std::string_view, int count) { apples += count; }, aldis::from("apples"));

  CHECK(sold.send("apples", 3) == 1);  // one receiver ran
  CHECK(sold.send("pears", 5) == 0);
  CHECK(apples == 3);
  //[/sender]
}

TEST_CASE("start: no longer") {
  //[disconnect]
  aldis::signal<void()> tick;
  int ticks = 0;

  aldis::connection counting = tick.connect([&] { ++ticks; });
  tick.send();
  CHECK(counting.disconnect() == aldis::disconnect_result::disconnected);
  tick.send();
  CHECK(ticks == 1);

  {
    aldis::scoped_connection for_now = tick.connect([&] { ++ticks; });
    tick.send();
  }
  tick.send();
  CHECK(ticks == 2);
  //[/disconnect]
}

//[member]
class till {
 public:
  explicit till(aldis::signal<void(std::string_view, int)>& sold) {
    sales_ += sold.connect(&till::count, *this);
  }

  int total() const { return total_; }

 private:
  void count(std::string_view, int number) { total_ += number; }

  int total_ = 0;
  aldis::connections sales_;  // last: emptied before the other members are destroyed
};
//[/member]

TEST_CASE("start: an object that listens") {
  aldis::signal<void(std::string_view, int)> sold;
  {
    till front(sold);
    sold.send("apples", 3);
    sold.send("pears", 5);
    CHECK(front.total() == 8);
  }
  CHECK(sold.send("apples", 3) == 0);
}

//[named_there]
// In one file:
void sell() { aldis::named<void(std::string_view, int)>("sold").send("plums", 12); }
//[/named_there]

TEST_CASE("start: a name") {
  int plums = 0;
  aldis::connections all;

  //[named_here]
  // In another, which knows only the name and the signature:
  auto& sold = aldis::named<void(std::string_view, int)>("sold");
  all += sold.connect([&](std::string_view, int count) { plums += count; });
  //[/named_here]

  sell();
  CHECK(plums == 12);
}

TEST_CASE("start: answers") {
  //[answers]
  aldis::signal<int(std::string_view)> in_stock;
  in_stock.connect([] { return 3; }, aldis::label("shop"));
  in_stock.connect([] { return 40; }, aldis::label("store"));

  int total = 0;
  for (const auto& [receiver, count] : in_stock.send("apples")) total += count;
  CHECK(total == 43);
  //[/answers]
}
