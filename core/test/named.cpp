#include <aldis/named.hpp>

#include "event.hpp"
#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

static_assert(!std::is_copy_constructible_v<aldis::registry>);
static_assert(!std::is_move_constructible_v<aldis::registry>);
static_assert(std::is_base_of_v<std::logic_error, aldis::signature_mismatch>);
static_assert(std::is_same_v<decltype(aldis::named<void(int)>("x")), aldis::signal<void(int)>&>);

namespace {

using strings = std::vector<std::string>;

struct order {
  int number;
};

/// The message of the signature_mismatch that `ask` throws.
template <class Ask>
std::string mismatch(const Ask& ask) {
  try {
    ask();
  } catch (const aldis::signature_mismatch& e) {
    return e.what();
  }
  return "none";
}

bool contains(const std::string& all, std::string_view part) {
  return all.find(part) != std::string::npos;
}

strings described(const aldis::registry& r) {
  strings result;
  for (const aldis::signal_info& each : r.signals()) {
    result.push_back(each.name + " | " + each.doc + " | " + each.signature + " | " +
                     std::to_string(each.receivers));
  }
  return result;
}

}  // namespace

TEST_CASE("a name is one signal, wherever it is requested") {
  auto& king = aldis::named<void(std::string_view)>("test-king");
  strings log;
  const aldis::scoped_connection c =
      king.connect([&](std::string_view from) { log.emplace_back(from); });

  aldis::named<void(std::string_view)>(std::string("test-king")).send("elephant");

  CHECK(log == strings{"elephant"});
  CHECK(&king == &aldis::named<void(std::string_view)>(std::string_view("test-king")));
  CHECK(&king == &aldis::default_registry().named<void(std::string_view)>("test-king"));
  CHECK(&king != &aldis::named<void(std::string_view)>("test-queen"));
}

TEST_CASE("each registry is a separate namespace") {
  aldis::registry shop;
  aldis::registry bank;

  CHECK(&shop.named<void()>("opened") != &bank.named<void()>("opened"));
  CHECK(&shop.named<void()>("opened") == &shop.named<void()>("opened"));
  CHECK_FALSE(aldis::default_registry().contains("opened"));
}

TEST_CASE("requesting a name with another signature throws an error that has both signatures") {
  aldis::registry shop;
  shop.named<void(const order&, int)>("sold");

  const std::string message = mismatch([&] { shop.named<int(std::string_view)>("sold"); });

  CAPTURE(message);
  CHECK(contains(message, "sold"));
  CHECK(contains(message, "order const&, int"));
  CHECK(contains(message, "int (std::basic_string_view<char"));
  CHECK(mismatch([&] { static_cast<void>(shop.find<void(order&, int)>("sold")); }) != "none");
  CHECK(mismatch([&] { shop.named<void(const order&, int)>("sold"); }) == "none");
  CHECK(shop.size() == 1);
}

TEST_CASE("a signature mismatch does not change the signal and its documentation") {
  aldis::registry shop;
  auto& sold = shop.named<void(int)>("sold");
  CHECK(mismatch([&] { shop.named<void()>("sold", "the wrong one"); }) != "none");

  CHECK(&sold == &shop.named<void(int)>("sold"));
  CHECK(described(shop) == strings{"sold |  | void (int) | 0"});
}

TEST_CASE("the first documentation that is not empty stays") {
  aldis::registry shop;
  shop.named<void(int)>("sold");
  shop.named<void(int)>("sold", "");
  shop.named<void(int)>("sold", std::string("an order was paid"));
  shop.named<void(int)>("sold", "something else");

  CHECK(described(shop) == strings{"sold | an order was paid | void (int) | 0"});
}

TEST_CASE("a registry lists its signals by name, with signatures and receivers") {
  aldis::registry shop;
  CHECK(shop.size() == 0);
  CHECK(shop.signals().empty());
  shop.named<void(const char*)>("b").connect([] {});
  shop.named<int()>("c", "counts");
  auto& a = shop.named<void()>("a", "the first");
  a.connect([] {});
  a.connect([] {}, aldis::priority(1));

  CHECK(shop.size() == 3);
  CHECK(described(shop) == strings{"a | the first | void () | 2", "b |  | void (char const*) | 1",
                                   "c | counts | int () | 0"});
}

TEST_CASE("find and contains do not create a signal") {
  aldis::registry shop;
  CHECK(shop.find<void()>("opened") == nullptr);
  CHECK_FALSE(shop.contains("opened"));
  auto& opened = shop.named<void()>("opened");

  CHECK(shop.find<void()>("opened") == &opened);
  CHECK(shop.contains(std::string("opened")));
  CHECK(shop.size() == 1);
}

TEST_CASE("any text is a name, and is copied") {
  aldis::registry shop;
  std::string name(100, 'n');
  auto& long_one = shop.named<void()>(name);
  name.assign(100, 'm');
  auto& nameless = shop.named<void()>("");
  auto& with_zero = shop.named<void()>(std::string_view("a\0b", 3));

  CHECK(&shop.named<void()>(std::string(100, 'n')) == &long_one);
  CHECK(&shop.named<void()>("") == &nameless);
  CHECK(&shop.named<void()>("a") != &with_zero);
}

TEST_CASE("a name is never invalidated") {
  aldis::registry shop;
  auto& first = shop.named<void(int)>("first");
  int heard = 0;
  first.connect([&](int n) { heard += n; });
  for (int i = 0; i < 1000; ++i) shop.named<void(int)>(std::to_string(i));

  first.send(2);
  first.disconnect_all();

  CHECK(heard == 2);
  CHECK(&shop.named<void(int)>("first") == &first);
}

TEST_CASE("the destructor of a registry destroys the captures of its signals' receivers") {
  const auto kept = std::make_shared<int>(1);
  aldis::connection c;
  {
    aldis::registry shop;
    c = shop.named<int(const order&)>("sold").connect([kept] { return *kept; });
    CHECK(kept.use_count() == 2);
  }
  CHECK(kept.use_count() == 1);
  CHECK_FALSE(c.connected());
}

TEST_CASE("the destructors of a registry's receivers may still request signals from it") {
  struct asks_at_end {
    aldis::registry* all;
    std::shared_ptr<int> held;

    asks_at_end(aldis::registry& from, std::shared_ptr<int> h) : all(&from), held(std::move(h)) {}
    asks_at_end(asks_at_end&& other) noexcept
        : all(std::exchange(other.all, nullptr)), held(std::move(other.held)) {}
    ~asks_at_end() {
      if (!all) return;
      for (const char* const name : {"c", "a", "d"}) {
        all->named<void()>(name).connect([kept = held] {});
      }
    }
    void operator()() const {}
  };
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  {
    aldis::registry all;
    all.named<void()>("a");
    all.named<void()>("b").connect(asks_at_end(all, std::move(held)));
    all.named<void()>("e");
  }
  CHECK(watch.expired());
}

TEST_CASE("a receiver may request signals by name") {
  aldis::registry shop;
  int heard = 0;
  shop.named<void()>("first").connect([&] {
    shop.named<void()>("second").connect([&] { ++heard; });
    shop.named<void()>("second").send();
  });

  shop.named<void()>("first").send();

  CHECK(heard == 1);
  CHECK(shop.size() == 2);
}

TEST_CASE("threads that request one name get one signal") {
  constexpr std::size_t rounds = 200;
  aldis::registry shop;
  event begin;
  std::vector<std::vector<const void*>> seen(4);
  std::vector<std::jthread> threads;
  for (auto& mine : seen) {
    threads.emplace_back([&] {
      if (!begin.wait()) return;
      for (std::size_t i = 0; i < rounds; ++i) {
        mine.push_back(&shop.named<void(int)>(std::to_string(i)));
      }
    });
  }

  begin.set();
  for (std::jthread& each : threads) each.join();

  CHECK(seen[0].size() == rounds);
  CHECK(seen == std::vector(4, seen[0]));
  CHECK(shop.size() == rounds);
}
