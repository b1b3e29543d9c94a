#include <aldis/templates/convert.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace t = aldis::templates;

namespace {

std::vector<std::int64_t> keys_of(const t::dict& entries) {
  std::vector<std::int64_t> keys;
  for (const t::dict::entry& each : entries) keys.push_back(each.key.as_integer());
  return keys;
}

}  // namespace

TEST_CASE("a dict keeps the insertion order of its keys") {
  t::dict entries{{3, "c"}, {1, "a"}, {2, "b"}};
  entries[t::value(1)] = "again";
  CHECK(keys_of(entries) == std::vector<std::int64_t>{3, 1, 2});
  CHECK(entries.find(t::value(1))->as_text() == "again");
}

TEST_CASE("equal numbers of different types are one key") {
  t::dict entries{{1, "int"}};
  entries[t::value(true)] = "bool";
  entries[t::value(1.0)] = "float";
  CHECK(entries.size() == 1);
  CHECK(entries.find(t::value(1))->as_text() == "float");
}

TEST_CASE("equal text and markup are one key") {
  t::dict entries{{"<b>", 1}};
  entries[t::value(t::markup{"<b>"})] = 2;
  CHECK(entries.size() == 1);
  CHECK(entries.find("<b>")->as_integer() == 2);
}

TEST_CASE("a dict of any size finds its keys and no others") {
  t::dict entries;
  for (int i = 0; i < 1000; ++i) {
    entries[std::to_string(i)] = i;
    REQUIRE(entries.find(std::to_string(i / 2))->as_integer() == i / 2);
    REQUIRE_FALSE(entries.find(std::to_string(i + 1)));
  }
  for (int i = 0; i < 1000; i += 2) CHECK(entries.erase(t::value(std::to_string(i))));
  CHECK_FALSE(entries.erase(t::value("0")));
  CHECK(entries.size() == 500);
  CHECK_FALSE(entries.find("2"));
  CHECK(entries.find("999")->as_integer() == 999);
}

TEST_CASE("a list cannot be a key") {
  t::dict entries;
  CHECK_THROWS_WITH_AS(entries[t::value(t::list{})], "TypeError: unhashable type: 'list'",
                       t::error);
}

TEST_CASE("a tuple can be a key") {
  t::dict entries;
  entries[t::value(t::tuple{{1, "a"}})] = "found";
  CHECK(entries.find(t::value(t::tuple{{1, "a"}}))->as_text() == "found");
}

TEST_CASE("keys may be removed in any order, and the others keep theirs") {
  t::dict entries;
  std::vector<std::int64_t> expected;
  const auto check = [&] {
    REQUIRE(keys_of(entries) == expected);
    REQUIRE(entries.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(entries.at(i).key.as_integer() == expected[i]);
      REQUIRE(entries.find(t::value(expected[i]))->as_integer() == -expected[i]);
    }
  };
  std::uint64_t random = 1;
  for (std::int64_t i = 0; i < 2000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    if (expected.empty() || random >> 62 != 0) {
      entries[t::value(i)] = -i;
      expected.push_back(i);
    } else {
      const auto gone =
          expected.begin() + static_cast<std::ptrdiff_t>((random >> 32) % expected.size());
      REQUIRE(entries.erase(t::value(*gone)));
      REQUIRE_FALSE(entries.find(t::value(*gone)));
      expected.erase(gone);
    }
    if (i % 97 == 0) check();
  }
  check();
  while (!expected.empty()) {
    REQUIRE(entries.erase(t::value(expected.front())));
    expected.erase(expected.begin());
    if (expected.size() % 97 == 0) check();
  }
  CHECK(entries.empty());
  CHECK(entries.begin() == entries.end());
}

TEST_CASE("a key that is added and removed repeatedly does not slow its searches down") {
  t::dict entries;
  for (int i = 0; i < 50'000; ++i) entries[t::value(i)] = i;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < 75'000; ++i) {
    entries[t::value(-1)] = i;
    entries.erase(t::value(-1));
  }
  CHECK(entries.size() == 50'000);
  // If each left a tombstone, it would take ten times as long, without sanitizers.
  CHECK((std::clock() - begin) / CLOCKS_PER_SEC < 5);
}

TEST_CASE("a dict with removed keys can be copied, moved and iterated backwards") {
  t::dict entries;
  for (int i = 0; i < 100; ++i) entries[t::value(i)] = i;
  for (int i = 0; i < 100; ++i) {
    if (i % 30 != 0) entries.erase(t::value(i));
  }
  const std::vector<std::int64_t> expected{0, 30, 60, 90};

  const t::dict copy = entries;
  CHECK(keys_of(copy) == expected);
  const t::dict moved = std::move(entries);
  CHECK(keys_of(moved) == expected);
  entries = t::dict();
  CHECK(entries.empty());
  entries[t::value(5)] = 1;
  CHECK(keys_of(entries) == std::vector<std::int64_t>{5});

  std::vector<std::int64_t> backwards;
  for (auto each = moved.end(); each != moved.begin();) {
    backwards.push_back((--each)->key.as_integer());
  }
  CHECK(backwards == std::vector<std::int64_t>{90, 60, 30, 0});
}
