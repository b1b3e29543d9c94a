#include <aldis/templates/convert.hpp>
#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace t = aldis::templates;

namespace {

std::vector<std::int64_t> keys_of(const t::dict& entries) {
  std::vector<std::int64_t> keys;
  for (const t::dict::entry& each : entries) keys.push_back(each.key.as_integer());
  return keys;
}

}  // namespace

TEST_CASE("a dict keeps the order in which its keys came") {
  t::dict entries{{3, "c"}, {1, "a"}, {2, "b"}};
  entries[t::value(1)] = "again";
  CHECK(keys_of(entries) == std::vector<std::int64_t>{3, 1, 2});
  CHECK(entries.find(t::value(1))->as_text() == "again");
}

TEST_CASE("equal numbers are one key, whatever they are") {
  t::dict entries{{1, "int"}};
  entries[t::value(true)] = "bool";
  entries[t::value(1.0)] = "float";
  CHECK(entries.size() == 1);
  CHECK(entries.find(t::value(1))->as_text() == "float");
}

TEST_CASE("text is one key, markup or not") {
  t::dict entries{{"<b>", 1}};
  entries[t::value(t::safe_text{"<b>"})] = 2;
  CHECK(entries.size() == 1);
  CHECK(entries.find("<b>")->as_integer() == 2);
}

TEST_CASE("a dict of any size finds what it has and nothing else") {
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
