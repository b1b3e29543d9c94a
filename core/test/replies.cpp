#include <aldis/replies.hpp>
#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(std::ranges::contiguous_range<aldis::replies<int>>);
static_assert(std::ranges::contiguous_range<const aldis::replies<std::string>>);
static_assert(std::ranges::sized_range<aldis::replies<int>>);
static_assert(std::is_same_v<std::ranges::range_value_t<aldis::replies<int>>, aldis::reply<int>>);
static_assert(std::ranges::contiguous_range<aldis::outcomes<int>>);
static_assert(std::ranges::contiguous_range<aldis::outcomes<void>>);
static_assert(
    std::ranges::random_access_range<decltype(std::declval<aldis::replies<int>&>().values())>);
static_assert(std::is_nothrow_move_constructible_v<aldis::replies<std::string>>);
static_assert(std::is_same_v<decltype(aldis::reply<int>::receiver), aldis::connection>);
static_assert(std::is_same_v<decltype(aldis::reply<int>::value), int>);
static_assert(std::is_same_v<decltype(std::declval<aldis::signal<int(int)>&>().send_until(
                                 [](int) { return true; }, 1)),
                             std::optional<aldis::reply<int>>>);

namespace {

using strings = std::vector<std::string>;

template <class Values>
auto as_vector(const Values& values) {
  return std::vector(values.begin(), values.end());
}

/// The outcome of each receiver: its value or its exception.
template <class R>
strings told(const aldis::outcomes<R>& all) {
  strings result;
  for (const aldis::outcome<R>& each : all) {
    try {
      if constexpr (std::is_void_v<R>) {
        each.value();
        result.push_back("ran");
      } else {
        result.push_back(std::to_string(each.value()));
      }
    } catch (const std::exception& e) {
      result.push_back(e.what());
    }
  }
  return result;
}

}  // namespace

TEST_CASE("the answers are in the order of the calls, each with its receiver") {
  aldis::signal<int(int)> asked;
  const aldis::connection a = asked.connect([](int n) { return n; });
  const aldis::connection b = asked.connect([](int n) { return n * 10; }, aldis::priority(1));
  asked.connect([] { return -1; }, aldis::from(5));

  const auto replies = asked.send(2);

  CHECK(replies.size() == 2);
  CHECK_FALSE(replies.empty());
  CHECK(replies[0].receiver == b);
  CHECK(replies[0].value == 20);
  CHECK(replies.front().value == 20);
  CHECK(replies.back().receiver == a);
  CHECK(replies.data()[1].value == 2);
  CHECK(as_vector(replies.values()) == std::vector{20, 2});
}

TEST_CASE("a send without receivers has no answers") {
  aldis::signal<std::string(int)> asked;

  CHECK(asked.send(1).empty());
  asked.connect([](int) { return "never"; }, aldis::from(2));
  CHECK(asked.send(1).empty());
  CHECK(asked.send(1).values().empty());
  CHECK_FALSE(asked.send_until([](const std::string&) { return true; }, 1).has_value());
}

TEST_CASE("accessing an answer that does not exist throws") {
  aldis::signal<int()> asked;
  const auto none = asked.send();
  CHECK_THROWS_WITH_AS(none.back(), "aldis: nobody answered: look at empty() first",
                       std::out_of_range);
  CHECK_THROWS_AS(none.front(), std::out_of_range);
  CHECK_THROWS_AS(asked.send_robust().back(), std::out_of_range);
  CHECK_THROWS_AS(asked.send().values()[0], std::out_of_range);

  asked.connect([] { return 1; });
  CHECK_THROWS_WITH_AS(asked.send()[1], "aldis: answer 1 of 1; the first one is 0",
                       std::out_of_range);
}

TEST_CASE("receivers whose conditions reject the call give no answer") {
  aldis::signal<int(int)> asked;
  asked.connect([](int) { return 1; }, aldis::when([](int n) { return n == 2; }));
  asked.connect([](int) { return 2; });
  asked.connect([](int) { return 3; }, aldis::not_from(1));
  asked.connect([](int) { return 4; }, aldis::once);

  CHECK(as_vector(asked.send(1).values()) == std::vector{2, 4});
  CHECK(as_vector(asked.send(2).values()) == std::vector{1, 2, 3});
  CHECK(told(asked.send_robust(1)) == strings{"2"});
}

TEST_CASE("an answer may have any type that converts to the signal's") {
  aldis::signal<std::string()> asked;
  asked.connect([] { return "literal"; });
  asked.connect([] { return std::string("string"); });
  asked.connect([]() -> const std::string& {
    static const std::string kept = "reference";
    return kept;
  });
  aldis::signal<bool()> voted;
  voted.connect([] { return true; });
  voted.connect([] { return std::true_type(); });
  voted.connect([] { return false; });

  CHECK(as_vector(asked.send().values()) == strings{"literal", "string", "reference"});
  CHECK(as_vector(voted.send().values()) == std::vector{true, true, false});
}

TEST_CASE("answers may be move-only") {
  aldis::signal<std::unique_ptr<int>(int)> made;
  for (int i = 1; i <= 10; ++i) {
    made.connect([i](int n) { return std::make_unique<int>(n * i); });
  }

  auto replies = made.send(2);
  CHECK(*replies[1].value == 4);
  std::unique_ptr<int> taken = std::move(replies[0].value);
  CHECK(*taken == 2);

  auto values = made.send(1).values();
  int sum = 0;
  for (const auto& each : values) sum += *each;
  CHECK(sum == 55);
  CHECK(**made.send(3).values().begin() == 3);

  const auto found = made.send_until([](const std::unique_ptr<int>& p) { return *p > 5; }, 1);
  CHECK(*found->value == 6);
  CHECK(*made.send_robust(7)[1].value() == 14);
}

TEST_CASE("answers may be references, which are not copied") {
  aldis::signal<std::string&()> asked;
  std::string a = "a";
  std::string b = "b";
  asked.connect([&]() -> std::string& { return a; });
  asked.connect([&]() -> std::string& { return b; });

  auto replies = asked.send();
  replies[0].value += "!";
  CHECK(&replies[1].value == &b);
  CHECK(a == "a!");

  const auto values = replies.values();
  CHECK(as_vector(values) == std::vector<std::string*>{&a, &b});
  const auto found = asked.send_until([](const std::string& s) { return s == "b"; });
  CHECK(&found->value == &b);
}

TEST_CASE("answers may be references to const") {
  aldis::signal<const std::string&(int)> asked;
  const std::string text = "kept";
  asked.connect([&](int) -> const std::string& { return text; });

  const auto replies = asked.send(1);

  CHECK(&replies[0].value == &text);
}

TEST_CASE("the values of a temporary are moved, those of a variable are copied") {
  struct counted {
    int copies = 0;
    counted() = default;
    counted(const counted& c) : copies(c.copies + 1) {}
    counted(counted&&) = default;
  };
  aldis::signal<counted()> asked;
  for (int i = 0; i < 5; ++i) asked.connect([] { return counted(); });

  const auto replies = asked.send();
  int copies = 0;
  for (const counted& each : replies.values()) copies += each.copies;
  CHECK(copies == 5);
  const auto values = asked.send().values();
  CHECK(std::accumulate(values.begin(), values.end(), 0,
                        [](int n, const counted& c) { return n + c.copies; }) == 0);
}

TEST_CASE("answers can be moved, and outlive their receivers and the signal") {
  aldis::replies<std::string> kept;
  {
    aldis::signal<std::string()> asked;
    asked.connect([] { return std::string(50, 'x'); });
    auto replies = asked.send();
    kept = std::move(replies);
  }

  CHECK(kept.size() == 1);
  CHECK(kept[0].value == std::string(50, 'x'));
  CHECK_FALSE(kept[0].receiver.connected());
  kept = aldis::replies<std::string>();
  CHECK(kept.empty());
}

TEST_CASE("a receiver can be disconnected through its answer") {
  aldis::signal<int()> asked;
  asked.connect([] { return 1; });
  asked.connect([] { return 2; });

  for (const auto& each : asked.send()) {
    if (each.value == 1) each.receiver.disconnect();
  }

  CHECK(as_vector(asked.send().values()) == std::vector{2});
}

TEST_CASE("send_until stops at the first answer that satisfies the predicate") {
  aldis::signal<int(int)> asked;
  std::vector<int> log;
  std::vector<aldis::connection> receivers;
  for (int i = 0; i < 5; ++i) {
    receivers.push_back(asked.connect([&log, i](int n) {
      log.push_back(i);
      return n + i;
    }));
  }

  const auto found = asked.send_until([](int n) { return n >= 12; }, 10);

  REQUIRE(found.has_value());
  CHECK(found->value == 12);
  CHECK(found->receiver == receivers[2]);
  CHECK(log == std::vector{0, 1, 2});

  log.clear();
  CHECK_FALSE(asked.send_until([](int n) { return n > 100; }, 10).has_value());
  CHECK(log == std::vector{0, 1, 2, 3, 4});
}

TEST_CASE("send_robust calls every receiver, and each outcome is a value or an exception") {
  aldis::signal<int(int)> asked;
  const aldis::connection a = asked.connect([](int n) { return n; });
  const aldis::connection b = asked.connect([](int) -> int { throw std::runtime_error("no"); });
  asked.connect([](int n) { return n * 2; });

  const auto outcomes = asked.send_robust(4);

  CHECK(told(outcomes) == strings{"4", "no", "8"});
  CHECK_FALSE(outcomes.ok());
  CHECK(outcomes[0].receiver == a);
  CHECK(outcomes[1].receiver == b);
  CHECK(outcomes[0].ok());
  CHECK(outcomes[0].result == 4);
  CHECK(outcomes[0].error == nullptr);
  CHECK_FALSE(static_cast<bool>(outcomes[1]));
  CHECK_FALSE(outcomes[1].result.has_value());
  CHECK(outcomes[1].error != nullptr);
}

TEST_CASE("send_robust of a void signal returns which receivers threw") {
  aldis::signal<void(int)> told_all;
  strings log;
  told_all.connect([&] { log.push_back("a"); });
  const aldis::connection b = told_all.connect([&](int) { throw std::logic_error("bad"); });
  told_all.connect([&](int) { throw 5; });
  told_all.connect([&] { log.push_back("c"); });

  const auto outcomes = told_all.send_robust(1);

  CHECK(log == strings{"a", "c"});
  CHECK(outcomes.size() == 4);
  CHECK(outcomes[0].ok());
  CHECK(outcomes[1].receiver == b);
  CHECK_THROWS_AS(outcomes[1].value(), std::logic_error);
  CHECK_THROWS_AS(outcomes[2].value(), int);
  CHECK(outcomes[3].ok());
  CHECK_FALSE(outcomes.ok());

  b.disconnect();
  told_all.disconnect_all();
  told_all.connect([] {});
  CHECK(told_all.send_robust(1).ok());
}

TEST_CASE("send_robust works for signals that answer by reference") {
  aldis::signal<int&()> asked;
  int n = 1;
  asked.connect([&]() -> int& { return n; });
  asked.connect([]() -> int& { throw std::runtime_error("no"); });

  const auto outcomes = asked.send_robust();

  CHECK(told(outcomes) == strings{"1", "no"});
  CHECK(&outcomes[0].value() == &n);
}

TEST_CASE("answers that cannot be copied can be moved out of their outcomes") {
  aldis::signal<std::unique_ptr<int>()> asked;
  asked.connect([] { return std::make_unique<int>(1); });
  asked.connect([]() -> std::unique_ptr<int> { throw std::runtime_error("no"); });
  asked.connect([] { return std::make_unique<int>(3); });

  auto outcomes = asked.send_robust();
  const std::unique_ptr<int> first = std::move(*outcomes.front().result);
  const std::unique_ptr<int> last = std::move(outcomes[2]).value();

  CHECK(*first == 1);
  CHECK(*last == 3);
  CHECK_THROWS_AS(std::move(outcomes[1]).value(), std::runtime_error);
  int taken = 0;
  for (auto& each : asked.send_robust()) {
    if (each) taken += *std::unique_ptr<int>(std::move(each.value()));
  }
  CHECK(taken == 4);
}

TEST_CASE("a predicate of send_until that throws ends the send") {
  aldis::signal<int()> asked;
  int called = 0;
  for (int i = 0; i < 3; ++i) asked.connect([&] { return ++called; });

  CHECK_THROWS_AS(asked.send_until([](int n) -> bool { return n == 2 ? throw n : false; }), int);
  CHECK(called == 2);
  CHECK(asked.send().size() == 3);
}

TEST_CASE("answers of an inner send do not mix with those of the outer one") {
  aldis::signal<std::string(int)> asked;
  asked.connect([&](int depth) {
    std::string all = "a" + std::to_string(depth);
    if (depth < 2) {
      for (const auto& each : asked.send(depth + 1)) all += '(' + each.value + ')';
    }
    return all;
  });
  asked.connect([](int depth) { return "b" + std::to_string(depth); },
                aldis::when([](int depth) { return depth != 1; }));

  CHECK(as_vector(asked.send(0).values()) == strings{"a0(a1(a2)(b2))", "b0"});
}

// Connections of answers own no reference: the signal keeps the slots.

TEST_CASE("answers keep the connections of receivers that were disconnected meanwhile") {
  aldis::signal<int()> ask;
  const aldis::connection first = ask.connect([] { return 1; });
  ask.connect([] { return 2; });

  const auto replies = ask.send();
  first.disconnect();
  std::vector<aldis::connection> later;
  for (int i = 0; i < 10; ++i) later.push_back(ask.connect([] { return 3; }));

  REQUIRE(replies.size() == 2);
  CHECK(replies[0].receiver == first);
  CHECK_FALSE(replies[0].receiver.connected());
  CHECK(replies[1].receiver.connected());
  for (const aldis::connection& each : later) CHECK(each != replies[0].receiver);
}

TEST_CASE("a connection copied or moved from an answer outlives the answers and the signal") {
  aldis::connection copied;
  aldis::connection moved;
  aldis::connection copied_late;
  {
    std::optional<aldis::signal<int()>> ask(std::in_place);
    for (int i = 0; i < 3; ++i) ask->connect([i] { return i; });

    auto replies = ask->send();
    copied = replies[0].receiver;
    moved = std::move(replies[1].receiver);
    CHECK(copied.connected());
    CHECK(moved.connected());
    CHECK(replies[1].receiver == aldis::connection());

    ask.reset();
    // By now only the answers keep this one.
    copied_late = replies[2].receiver;
    CHECK(copied_late == replies[2].receiver);
  }
  CHECK_FALSE(copied.connected());
  CHECK_FALSE(moved.connected());
  CHECK_FALSE(copied_late.connected());
  CHECK(copied_late.disconnect() == aldis::disconnect_result::not_connected);
}

TEST_CASE("answers disconnect their receivers") {
  aldis::signal<int()> ask;
  for (int i = 0; i < 20; ++i) ask.connect([i] { return i; });

  for (const auto& reply : ask.send()) {
    if (reply.value % 2 == 0) {
      CHECK(reply.receiver.disconnect() == aldis::disconnect_result::disconnected);
    }
  }

  int sum = 0;
  for (const auto& reply : ask.send()) sum += reply.value;
  CHECK(sum == 100);
}

TEST_CASE("answers move, few or many, with their connections") {
  for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{100}}) {
    CAPTURE(count);
    aldis::signal<std::string()> ask;
    std::vector<aldis::connection> expected;
    for (std::size_t i = 0; i < count; ++i) {
      expected.push_back(ask.connect([i] { return std::string(40, 'x') + std::to_string(i); }));
    }

    auto first = ask.send();
    auto second = std::move(first);
    auto third = ask.send();
    third = std::move(second);
    ask.disconnect_all();

    REQUIRE(third.size() == count);
    for (std::size_t i = 0; i < count; ++i) {
      CHECK(third[i].receiver == expected[i]);
      CHECK(third[i].value == std::string(40, 'x') + std::to_string(i));
    }
  }
}

TEST_CASE("a signal destroyed while answers live is freed with the last of them") {
  const auto owned = std::make_shared<int>(1);
  {
    std::optional<aldis::signal<int()>> ask(std::in_place);
    ask->connect([owned] { return *owned; });
    const auto listening = ask->receiver_connected().connect([owned] {});
    const auto one = ask->send();
    {
      const auto two = ask->send();
      ask.reset();
      CHECK(two[0].value == 1);
    }
    CHECK_FALSE(one[0].receiver.connected());
  }
  // The receivers of meta-signals end when the signal is freed.
  CHECK(owned.use_count() == 1);
}

TEST_CASE("answers go to another thread, and are freed there") {
  aldis::signal<int()> ask;
  ask.connect([] { return 1; });
  const aldis::connection gone = ask.connect([] { return 2; });

  auto replies = std::make_unique<aldis::replies<int>>(ask.send());
  gone.disconnect();
  std::thread([taken = std::move(replies), &gone] {
    CHECK((*taken)[1].receiver == gone);
    CHECK_FALSE((*taken)[1].receiver.connected());
  }).join();

  CHECK(ask.send().size() == 1);
}
