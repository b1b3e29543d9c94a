// Topics: the matching of patterns, and receivers with one or several of them.

#include <aldis/aldis.hpp>

#include "topic_model.hpp"
#include "trace.hpp"
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(std::is_base_of_v<std::invalid_argument, aldis::bad_topic>);

namespace {

using topical = aldis::signal<void(std::string_view)>;

void receiver(std::string_view topic) { trace.emplace_back(topic); }

struct listener {
  int heard = 0;
  void on(std::string_view) { ++heard; }
};

struct order {
  std::string topic;
};

/// Whether a receiver with this pattern is called for the topic.
bool hears(std::string_view pattern, std::string_view topic) {
  topical signal;
  signal.connect([] {}, aldis::matching(pattern));
  const bool would = signal.has_receivers_for(topic);
  REQUIRE(signal.send(topic) == (would ? 1 : 0));
  return would;
}

/// One of the combinations of eight tokens, each a letter or a star.
std::string eight_tokens(unsigned bits) {
  std::string pattern;
  for (unsigned i = 0; i < 8; ++i) {
    pattern += (i == 0 ? "" : ".");
    pattern += (bits >> i & 1) != 0 ? "a" : "*";
  }
  return pattern;
}

std::string refusal(std::string_view pattern) {
  topical signal;
  try {
    signal.connect([] {}, aldis::matching(pattern));
  } catch (const aldis::bad_topic& e) {
    CHECK(signal.size() == 0);
    return e.what();
  }
  return "none";
}

}  // namespace

template <>
struct aldis::sender_key<order> {
  static const std::string& get(const order& o) { return o.topic; }
};

TEST_CASE("a pattern without wildcards matches its own text") {
  CHECK(hears("orders.eu.created", "orders.eu.created"));
  CHECK(hears("orders", "orders"));
  CHECK_FALSE(hears("orders.eu.created", "orders.eu"));
  CHECK_FALSE(hears("orders.eu", "orders.eu.created"));
  CHECK_FALSE(hears("orders", "order"));
  CHECK_FALSE(hears("orders", "Orders"));
  CHECK_FALSE(hears("orders", ""));
  CHECK(hears("bestellung.größe", "bestellung.größe"));
}

TEST_CASE("a star matches exactly one token") {
  CHECK(hears("orders.*.created", "orders.eu.created"));
  CHECK_FALSE(hears("orders.*.created", "orders.created"));
  CHECK_FALSE(hears("orders.*.created", "orders.eu.de.created"));
  CHECK_FALSE(hears("orders.*", "orders"));
  CHECK(hears("*", "orders"));
  CHECK_FALSE(hears("*", "orders.eu"));
  CHECK(hears("*.*", "orders.eu"));
}

TEST_CASE("a greater-than sign at the end matches one or more tokens") {
  CHECK(hears("orders.>", "orders.eu"));
  CHECK(hears("orders.>", "orders.eu.created"));
  CHECK_FALSE(hears("orders.>", "orders"));
  CHECK_FALSE(hears("orders.>", "order.eu"));
  CHECK(hears(">", "orders"));
  CHECK(hears(">", "orders.eu.created"));
  CHECK(hears("*.>", "orders.eu.created"));
  CHECK_FALSE(hears("*.>", "orders"));
  CHECK(hears("orders.*.>", "orders.eu.created"));
}

TEST_CASE("a topic may have empty tokens, and its characters are never wildcards") {
  CHECK(hears("*", ""));
  CHECK(hears(">", ""));
  CHECK(hears("*", std::string_view()));
  CHECK(hears("a.*.b", "a..b"));
  CHECK(hears("a.>", "a."));
  CHECK(hears("*.a", ".a"));
  CHECK_FALSE(hears("a", "*"));
  CHECK_FALSE(hears("a", ">"));
  CHECK_FALSE(hears("a.b", "a.>"));
  CHECK(hears("*", "*"));
  CHECK(hears("a.*", "a.white space\n"));
  CHECK(hears("*", std::string_view("\0", 1)));
}

TEST_CASE("a malformed pattern throws an error with its text and the position") {
  CHECK(refusal("") ==
        "aldis: \"\" is no pattern of topics: it is empty; \">\" matches every topic");
  CHECK(refusal("orders..created") ==
        "aldis: \"orders..created\" is no pattern of topics: character 8: a token is empty; "
        "between two dots there must be one");
  CHECK(refusal("orders.>.created") ==
        "aldis: \"orders.>.created\" is no pattern of topics: character 8: \">\" is not the last "
        "token; \"*\" stands for one token anywhere");
  CHECK(refusal("orders.eu*") ==
        "aldis: \"orders.eu*\" is no pattern of topics: character 10: \"*\" inside a token; it "
        "stands for a whole token, as in \"a.*.b\"");
  CHECK(refusal("orders.>>") ==
        "aldis: \"orders.>>\" is no pattern of topics: character 8: \">\" inside a token; it "
        "stands for the last tokens, as in \"a.>\"");
  CHECK(refusal("orders.e u") ==
        "aldis: \"orders.e u\" is no pattern of topics: character 9: white space; a token has "
        "none");
  CHECK(refusal(std::string_view("a.\x01", 3)) ==
        "aldis: \"a.\\x01\" is no pattern of topics: character 3: the control character \\x01; a "
        "token has none");
  CHECK(refusal("say\"\t\"") ==
        "aldis: \"say\\\"\\x09\\\"\" is no pattern of topics: character 5: white space; a token "
        "has none");
  for (const std::string_view bad : {".", ".a", "a.", "a..", "**", "a*", "*a", ">a", "a>", ">.>",
                                     ">.a", " ", "a\n", "a\x7f", "a.b c", "*.", "a.*b.c"}) {
    CAPTURE(bad);
    CHECK_FALSE(topic_model::well_formed(bad));
    CHECK(refusal(bad) != "none");
  }
  for (const std::string_view good : {"a", "*", ">", "a.b", "*.*", "*.>", "a.*.>", "a-b_c.$SYS"}) {
    CAPTURE(good);
    CHECK(topic_model::well_formed(good));
    CHECK(refusal(good) == "none");
  }
}

TEST_CASE("a malformed pattern does not change a connected receiver") {
  topical signal;
  trace.clear();
  signal.connect(receiver, aldis::matching("a"));
  CHECK_THROWS_AS(signal.connect(receiver, aldis::matching("b"), aldis::matching("b.")),
                  aldis::bad_topic);
  CHECK_THROWS_AS(signal.disconnect(receiver, aldis::matching("a.")), aldis::bad_topic);

  signal.send("a");
  signal.send("b");

  CHECK(trace == calls{"a"});
}

TEST_CASE("receivers with patterns, senders and neither are called in one order") {
  topical signal;
  calls heard;
  const auto as = [&](const char* name) { return [&heard, name] { heard.emplace_back(name); }; };
  signal.connect(as("a"), aldis::matching("x.*"));
  signal.connect(as("b"));
  signal.connect(as("c"), aldis::from("x.y"));
  signal.connect(as("d"), aldis::matching("x.y"), aldis::priority(1));
  signal.connect(as("e"), aldis::matching(">"), aldis::priority(-1));
  signal.connect(as("f"), aldis::not_from("x.z"), aldis::matching("x.>"));
  signal.connect(as("g"), aldis::matching("*.y"), aldis::when([] { return true; }));
  signal.connect(as("h"), aldis::matching("*.*"), aldis::once);
  signal.connect(as("i"), aldis::priority(1));
  signal.connect(as("j"), aldis::matching("y.*"));
  signal.connect(as("k"), aldis::matching("x.y"), aldis::when([] { return false; }));

  CHECK(signal.send("x.y") == 9);
  heard.emplace_back("|");
  CHECK(signal.send("x.z") == 4);

  CHECK(heard == calls{"d", "i", "a", "b", "c", "f", "g", "h", "e", "|", "i", "a", "b", "e"});
}

TEST_CASE("several patterns and senders in one connect select any of them, for one call") {
  topical signal;
  int heard = 0;
  const aldis::connection c =
      signal.connect([&] { ++heard; }, aldis::matching("a.*"), aldis::from("b"),
                     aldis::matching("a.>"), aldis::matching("*.x"), aldis::from("a.x"));

  for (const char* topic : {"a.x", "b", "c.x", "a.b.c"}) CHECK(signal.send(topic) == 1);
  for (const char* topic : {"a", "c", "c.y", "b.b"}) CHECK(signal.send(topic) == 0);

  CHECK(heard == 4);
  CHECK(signal.size() == 1);
  CHECK(c.info().selection ==
        "from(\"b\"), from(\"a.x\"), matching(\"a.*\"), matching(\"a.>\"), matching(\"*.x\")");
}

TEST_CASE("an option kept in a variable can be used again") {
  topical signal;
  const auto orders = aldis::matching("orders.>");
  signal.connect([] {}, orders);
  signal.connect([] {}, orders);

  CHECK(signal.send("orders.eu") == 2);
}

TEST_CASE("connecting a comparable receiver with another pattern adds a subscription") {
  topical signal;
  trace.clear();
  const aldis::connection c = signal.connect(receiver, aldis::matching("a.*"));
  CHECK(signal.connect(receiver, aldis::matching("*.b")) == c);
  CHECK(signal.connect(receiver, aldis::matching("*.b")) == c);
  CHECK(signal.connect(receiver, aldis::from("c")) == c);

  for (const char* topic : {"a.b", "a.c", "x.b", "c", "d"}) signal.send(topic);

  CHECK(trace == calls{"a.b", "a.c", "x.b", "c"});
  CHECK(signal.size() == 1);
}

TEST_CASE("subscriptions can be removed separately, and the last one disconnects the receiver") {
  using aldis::disconnect_result;
  topical signal;
  trace.clear();
  const aldis::connection c = signal.connect(receiver, aldis::matching("a.*"));
  signal.connect(receiver, aldis::matching("*.b"));

  CHECK(signal.disconnect(receiver, aldis::matching("a.>")) == disconnect_result::not_connected);
  CHECK(signal.disconnect(receiver, aldis::matching("a.*")) == disconnect_result::disconnected);
  CHECK(signal.disconnect(receiver, aldis::matching("a.*")) == disconnect_result::not_connected);
  signal.send("a.c");
  signal.send("a.b");
  CHECK(c.connected());
  CHECK(signal.disconnect(receiver, aldis::matching("*.b")) == disconnect_result::disconnected);
  CHECK_FALSE(c.connected());
  signal.send("a.b");

  CHECK(trace == calls{"a.b"});
}

TEST_CASE("methods may have patterns") {
  topical signal;
  listener l;
  signal.connect<&listener::on>(l, aldis::matching("a"));
  signal.connect(&listener::on, l, aldis::matching("b"));
  signal.connect(&listener::on, l, aldis::matching("c"));
  CHECK(signal.size() == 1);

  signal.disconnect<&listener::on>(l, aldis::matching("a"));
  signal.disconnect(&listener::on, l, aldis::matching("b"));
  for (const char* topic : {"a", "b", "c"}) signal.send(topic);

  CHECK(l.heard == 1);
}

TEST_CASE("connected_to removes only the patterns that it added") {
  topical signal;
  trace.clear();
  signal.connect(receiver, aldis::matching("a"));
  {
    const auto during = signal.connected_to(receiver, aldis::matching("a"), aldis::matching("b"));
    signal.send("a");
    signal.send("b");
  }
  signal.send("a");
  signal.send("b");

  CHECK(trace == calls{"a", "b", "a"});
}

TEST_CASE("a pattern combines with a tracked object, an id and a block") {
  topical signal;
  int heard = 0;
  auto object = std::make_shared<int>(1);
  signal.connect([&] { ++heard; }, aldis::matching("a"), aldis::tracking(object));
  signal.connect([&] { heard += 10; }, aldis::matching("a"), aldis::id("one"));
  signal.connect([&] { heard += 100; }, aldis::matching("b"), aldis::id("one"));
  const aldis::connection blocked = signal.connect([&] { heard += 1000; }, aldis::matching("a"));

  {
    const auto block = blocked.block();
    CHECK(signal.send("a") == 1);
  }
  object.reset();
  CHECK_FALSE(signal.has_receivers_for("c"));
  CHECK(signal.send("a") == 1);
  CHECK(signal.send("b") == 1);

  CHECK(heard == 1101);
}

TEST_CASE("any_sender and sender_keys with text are topics, and other kinds match no pattern") {
  aldis::signal<void(aldis::any_sender)> any;
  any.connect([] {}, aldis::matching(">"));
  CHECK(any.send("a.b") == 1);
  CHECK(any.send(std::string("a")) == 1);
  CHECK(any.send(7) == 0);
  CHECK(any.send({}) == 0);

  aldis::signal<void(const order&)> orders;
  orders.connect([] {}, aldis::matching("orders.*"));
  CHECK(orders.send(order{"orders.eu"}) == 1);
  CHECK(orders.send(order{"order.eu"}) == 0);

  aldis::signal<int(const char*, int)> counts;
  counts.connect([](const char*, int n) { return n; }, aldis::matching("a.*"));
  CHECK(counts.send("a.b", 3).size() == 1);
  CHECK(counts.send(nullptr, 3).empty());
}

TEST_CASE("has_receivers_for is exact for topics") {
  topical signal;
  const aldis::connection c = signal.connect([] {}, aldis::matching("a.>"));
  CHECK(signal.has_receivers_for("a.b"));
  CHECK_FALSE(signal.has_receivers_for("a"));
  {
    const auto block = c.block();
    CHECK_FALSE(signal.has_receivers_for("a.b"));
  }
  c.disconnect();
  CHECK_FALSE(signal.has_receivers_for("a.b"));
}

TEST_CASE("the meta-signals are sent for receivers with patterns") {
  topical signal;
  calls told;
  signal.receiver_connected().connect(
      [&](const aldis::connection& c) { told.push_back("+" + c.info().selection); });
  signal.receiver_disconnected().connect(
      [&](const aldis::connection& c) { told.push_back("-" + c.info().label); });
  const auto c = signal.connect([] {}, aldis::matching("a.>"), aldis::label("x"));
  c.disconnect();

  CHECK(told == calls{"+matching(\"a.>\")", "-x"});
}

TEST_CASE("every form of send selects receivers by topic") {
  aldis::signal<int(std::string_view)> ask;
  ask.connect([] { return 1; }, aldis::matching("a.*"));
  ask.connect([]() -> int { throw std::runtime_error("no"); }, aldis::matching("*.b"));
  ask.connect([] { return 3; });

  CHECK(ask.send("a.c").size() == 2);
  CHECK(ask.send_robust("a.b").size() == 3);
  CHECK(ask.send_until([](int n) { return n == 1; }, "a.b")->value == 1);
  CHECK_THROWS_AS(ask.send("x.b"), std::runtime_error);
  CHECK(ask.send("x.c").size() == 1);
}

TEST_CASE("the arguments are moved into the last receiver, whatever its patterns") {
  aldis::signal<void(std::string, std::string)> signal;
  calls heard;
  const auto take = [&](const std::string&, std::string payload) {
    heard.push_back(std::move(payload));
  };
  signal.connect(take);
  signal.connect(take, aldis::matching("a"), aldis::matching("*"));
  const auto off = signal.connect(take, aldis::matching(">"));
  off.disconnect();

  signal.send("a", std::string(100, 'x'));

  CHECK(heard == calls{std::string(100, 'x'), std::string(100, 'x')});
}

TEST_CASE("a receiver with a pattern that is disconnected before its turn is not called") {
  topical signal;
  calls heard;
  aldis::connection second;
  aldis::scoped_connection link;
  const auto hear = [&](const char* name) { return [&heard, name] { heard.emplace_back(name); }; };
  const auto disconnecting = [&](const auto& how) {
    signal.disconnect_all();
    heard.clear();
    signal.connect(
        [&, how] {
          heard.emplace_back("first");
          how();
        },
        aldis::priority(1), aldis::matching("a.*"));
    second = signal.connect(hear("second"), aldis::matching("a.>"), aldis::id("2"));
    signal.connect(hear("third"), aldis::matching("*.b"));
    signal.send("a.b");
    return heard;
  };

  CHECK(disconnecting([&] { second.disconnect(); }) == calls{"first", "third"});
  CHECK(disconnecting([&] { second.request_disconnect(); }) == calls{"first", "third"});
  CHECK(disconnecting([&] { signal.disconnect(aldis::id("2")); }) == calls{"first", "third"});
  CHECK(disconnecting([&] { signal.disconnect_all(); }) == calls{"first"});
  CHECK(disconnecting([&] { signal.connect(hear("new"), aldis::id("2"), aldis::matching(">")); }) ==
        calls{"first", "third"});
}

TEST_CASE("a pattern that is removed before its receiver's turn does not select it") {
  topical signal;
  trace.clear();
  bool all = false;
  signal.connect(
      [&] {
        signal.disconnect(receiver, aldis::matching("a.*"));
        if (all) signal.disconnect(receiver, aldis::matching("*.b"));
      },
      aldis::matching(">"), aldis::priority(1));
  const auto connect = [&] {
    signal.connect(receiver, aldis::matching("a.*"));
    signal.connect(receiver, aldis::matching("*.b"));
    signal.connect(receiver, aldis::matching("x"));
  };

  connect();
  signal.send("a.b");  // the other subscription still selects it
  CHECK(trace == calls{"a.b"});
  connect();
  signal.send("a.c");
  CHECK(trace == calls{"a.b"});
  connect();
  all = true;
  signal.send("a.b");
  CHECK(trace == calls{"a.b"});
  CHECK(signal.send("x") == 2);
}

TEST_CASE("a pattern that is removed and added again during a send waits for the next one") {
  topical signal;
  trace.clear();
  signal.connect([] {}, aldis::matching("a"));  // so that the pattern stays
  signal.connect(receiver, aldis::matching("a"));
  signal.connect(receiver, aldis::matching("x"));
  bool again = true;
  signal.connect(
      [&] {
        if (!std::exchange(again, false)) return;
        signal.disconnect(receiver, aldis::matching("a"));
        signal.connect(receiver, aldis::matching("a"));
      },
      aldis::matching(">"), aldis::priority(1));

  signal.send("a");
  CHECK(trace.empty());
  signal.send("a");
  CHECK(trace == calls{"a"});
}

TEST_CASE("a receiver connected in a reused slot during a send waits for the next one") {
  topical signal;
  calls heard;
  std::vector<aldis::connection> old;
  bool changed = false;
  signal.connect(
      [&] {
        if (std::exchange(changed, true)) return;
        for (auto& each : old) std::exchange(each, {}).disconnect();
        // As many again, which reuse the slots of the old ones.
        for (unsigned i = 0; i < 200; ++i) {
          signal.connect([&heard, i] { heard.push_back("new " + std::to_string(i)); },
                         aldis::matching(eight_tokens(i)));
        }
      },
      aldis::priority(1), aldis::matching(">"));
  for (unsigned i = 0; i < 200; ++i) {
    old.push_back(
        signal.connect([&] { heard.emplace_back("old"); }, aldis::matching(eight_tokens(i))));
  }

  CHECK(signal.send("a.a.a.a.a.a.a.a") == 1);
  CHECK(heard.empty());
  CHECK(signal.send("a.a.a.a.a.a.a.a") == 201);
  CHECK(heard.size() == 200);
  CHECK(heard.back() == "new 199");
}

TEST_CASE("a receiver may send to topics, and connect and disconnect with patterns") {
  topical signal;
  calls heard;
  aldis::connection own;
  own = signal.connect(
      [&](std::string_view topic) {
        heard.emplace_back(topic);
        own.disconnect();
        signal.connect([&](std::string_view t) { heard.push_back("new " + std::string(t)); },
                       aldis::matching("b.*"));
        signal.send("b.c");
        heard.emplace_back("end");
      },
      aldis::matching("*"));
  signal.connect([&](std::string_view t) { heard.push_back("all " + std::string(t)); },
                 aldis::matching(">"));

  signal.send("a");

  CHECK(heard == calls{"a", "all b.c", "new b.c", "end", "all a"});
}

TEST_CASE("the signal may be destroyed in a send to a topic") {
  auto signal = std::make_unique<topical>();
  int heard = 0;
  for (int i = 0; i < 100; ++i) {
    signal->connect(
        [&] {
          ++heard;
          signal.reset();
        },
        aldis::matching("a.>"));
  }

  topical* const sent = signal.get();
  sent->send("a.b");

  CHECK(heard == 1);
}

TEST_CASE("long patterns and topics are split into tokens correctly") {
  std::string deep = "a";
  for (int i = 0; i < 20000; ++i) deep += ".a";
  CHECK(hears(deep, deep));
  CHECK(hears(deep + ".>", deep + ".a.a"));
  CHECK_FALSE(hears(deep + ".*", deep));
  const std::string wide(100000, 'x');
  CHECK(hears(wide + ".*", wide + "." + wide));
}

TEST_CASE("a send may match more nodes than its buffer holds") {
  topical signal;
  for (unsigned bits = 0; bits < 256; ++bits) {
    signal.connect([] {}, aldis::matching(eight_tokens(bits)));
  }

  CHECK(signal.send("a.a.a.a.a.a.a.a") == 256);
  CHECK(signal.send("a.a.a.a.b.b.b.b") == 16);
  CHECK(signal.send("a.a.a.a.a.a.a") == 0);
}

TEST_CASE("random connects, disconnects and topics agree with a simple model") {
  struct expected_receiver {
    int number;
    int priority;
    std::vector<std::string> patterns;
    std::vector<std::string> from;
    aldis::connection connection;

    bool hears(std::string_view topic) const {
      return (patterns.empty() && from.empty()) ||
             std::ranges::any_of(from, [&](const auto& s) { return s == topic; }) ||
             std::ranges::any_of(patterns,
                                 [&](const auto& p) { return topic_model::matches(p, topic); });
    }
  };
  for (unsigned seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    topic_model::maker make(seed);
    topical signal;
    std::vector<expected_receiver> model;
    std::vector<int> heard;

    for (int step = 0; step < 500; ++step) {
      if (!model.empty() && make.below(5) < 2) {
        const auto gone = model.begin() + make.below(static_cast<int>(model.size()));
        gone->connection.disconnect();
        model.erase(gone);
      } else {
        expected_receiver r{step, make.below(4) == 0 ? make.below(5) - 2 : 0, {}, {}, {}};
        const auto receive = [&heard, step] { heard.push_back(step); };
        const auto at = aldis::priority(r.priority);
        switch (make.below(6)) {
          case 0:
            r.connection = signal.connect(receive, at);
            break;
          case 1:
            r.from = {make.topic()};
            r.connection = signal.connect(receive, aldis::from(r.from[0]), at);
            break;
          case 2:
            r.patterns = {make.pattern(), make.pattern()};
            r.from = {make.topic()};
            r.connection = signal.connect(receive, aldis::matching(r.patterns[0]), at,
                                          aldis::from(r.from[0]), aldis::matching(r.patterns[1]));
            break;
          default:
            r.patterns = {make.pattern()};
            r.connection = signal.connect(receive, at, aldis::matching(r.patterns[0]));
        }
        model.push_back(r);
        std::ranges::sort(model, [](const auto& a, const auto& b) {
          return a.priority != b.priority ? a.priority > b.priority : a.number < b.number;
        });
      }

      for (int i = 0; i < 3; ++i) {
        const std::string topic = make.topic();
        CAPTURE(topic);
        std::vector<int> expected;
        for (const expected_receiver& r : model) {
          if (r.hears(topic)) expected.push_back(r.number);
        }
        heard.clear();
        const std::size_t called = signal.send(topic);
        REQUIRE(heard == expected);
        REQUIRE(called == expected.size());
        REQUIRE(signal.has_receivers_for(topic) == !expected.empty());
      }
      REQUIRE(signal.size() == model.size());
    }
  }
}
