// docs/guide/choosing-what-you-hear.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using strings = std::vector<std::string>;

namespace {

//[event]
struct event {
  std::string topic;
  int number;
};
//[/event]

strings audit;
void note(std::string_view topic) { audit.emplace_back(topic); }

}  // namespace

//[event]

template <>
struct aldis::sender_key<event> {
  static const std::string& get(const event& e) { return e.topic; }
};
//[/event]

TEST_CASE("topics: patterns") {
  strings heard;
  //[patterns]
  aldis::signal<void(std::string_view, int)> shop;

  shop.connect([&] { heard.emplace_back("new"); }, aldis::matching("orders.*.created"));
  shop.connect([&] { heard.emplace_back("any"); }, aldis::matching("orders.>"));
  shop.connect([&] { heard.emplace_back("all"); });

  shop.send("orders.eu.created", 7);
  CHECK(heard == strings{"new", "any", "all"});

  heard.clear();
  shop.send("orders.eu.paid", 7);
  CHECK(heard == strings{"any", "all"});

  heard.clear();
  shop.send("orders", 7);  // `>` matches at least one token
  CHECK(heard == strings{"all"});
  //[/patterns]
}

TEST_CASE("topics: refused") {
  //[refused]
  aldis::signal<void(std::string_view)> shop;
  std::string told;
  try {
    shop.connect([] {}, aldis::matching("orders.>.created"));
  } catch (const aldis::bad_topic& error) {
    told = error.what();
  }
  CHECK(told ==
        "aldis: \"orders.>.created\" is no pattern of topics: character 8: \">\" is not the last "
        "token; \"*\" stands for one token anywhere");
  //[/refused]
}

TEST_CASE("topics: as they are") {
  //[as_is]
  aldis::signal<void(std::string_view)> shop;
  shop.connect([] {}, aldis::matching("orders.*.created"));
  shop.connect([] {}, aldis::matching("orders.*"));

  CHECK(shop.send("orders..created") == 1);  // the second token is empty
  CHECK(shop.send("orders.*") == 1);         // the star is a character here
  CHECK(shop.send("") == 0);
  //[/as_is]
}

TEST_CASE("topics: several, and mixed") {
  strings heard;
  //[mixed]
  aldis::signal<void(std::string_view, int)> shop;

  shop.connect([&] { heard.emplace_back("europe"); }, aldis::matching("*.eu.>"),
               aldis::matching("*.uk.>"), aldis::from("holidays"));
  shop.connect([&] { heard.emplace_back("large"); }, aldis::matching("orders.>"),
               aldis::when([](std::string_view, int amount) { return amount > 100; }));
  shop.connect([&] { heard.emplace_back("first"); }, aldis::matching("orders.>"),
               aldis::priority(1), aldis::once);

  shop.send("orders.eu.created", 300);
  CHECK(heard == strings{"first", "europe", "large"});

  heard.clear();
  shop.send("holidays", 0);
  shop.send("orders.us.created", 7);
  CHECK(heard == strings{"europe"});
  //[/mixed]
}

TEST_CASE("topics: subscriptions") {
  audit.clear();
  //[subscriptions]
  aldis::signal<void(std::string_view)> shop;
  shop.connect(&note, aldis::matching("orders.*"));
  shop.connect(&note, aldis::matching("*.eu"));  // adds a subscription
  CHECK(shop.size() == 1);
  CHECK(shop.send("orders.eu") == 1);  // called once

  shop.disconnect(&note, aldis::matching("orders.*"));  // this subscription only
  CHECK(shop.send("orders.us") == 0);
  CHECK(shop.send("orders.eu") == 1);
  //[/subscriptions]
}

TEST_CASE("topics: in a type of one's own") {
  //[event_used]
  aldis::signal<void(const event&)> shop;
  int orders = 0;
  shop.connect([&](const event& e) { orders += e.number; }, aldis::matching("orders.>"));

  shop.send(event{"orders.eu", 3});
  shop.send(event{"returns.eu", 4});
  CHECK(orders == 3);
  //[/event_used]
}

TEST_CASE("topics: watching a registry") {
  //[watch]
  aldis::registry shop;
  auto& paid = shop.named<void(int)>("orders.paid");
  paid.connect([] {});
  strings seen;

  auto watching = shop.watch("orders.*", [&](const aldis::send_report& r) {
    seen.push_back(std::string(r.signal) + ", receivers: " + std::to_string(r.receivers));
    // also r.time and r.threw
  });
  paid.send(7);
  shop.named<void()>("orders.sent").send();  // created later, without receivers
  shop.named<void()>("returns").send();
  CHECK(seen == strings{"orders.paid, receivers: 1", "orders.sent, receivers: 0"});

  watching.disconnect();
  paid.send(8);
  CHECK(seen.size() == 2);
  //[/watch]
}
