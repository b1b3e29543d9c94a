#include <aldis/templates/convert.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/value.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace t = aldis::templates;

static_assert(sizeof(t::value) == 16);
static_assert(std::is_nothrow_move_constructible_v<t::value>);
static_assert(!std::is_constructible_v<t::value, char>);
static_assert(!std::is_constructible_v<t::value, void*>);

namespace {

t::error_kind kind_of_failure(void (*what)()) {
  try {
    what();
  } catch (const t::error& failure) {
    return failure.kind();
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("a default-constructed value is none") {
  CHECK(t::value().is_none());
  CHECK(t::value(nullptr).is_none());
  CHECK(t::value(std::optional<int>()).is_none());
}

TEST_CASE("a value holds what it is made from") {
  CHECK(t::value(true).as_boolean());
  CHECK(t::value(-7).as_integer() == -7);
  CHECK(t::value(std::uint8_t{7}).as_integer() == 7);
  CHECK(t::value(2.5F).as_floating() == 2.5);
  CHECK(t::value("short").as_text() == "short");
  CHECK(t::value(std::string(100, 'x')).as_text() == std::string(100, 'x'));
  CHECK(t::value(t::markup{"<b>"}).is_markup());
  CHECK(t::value(std::optional<int>(3)).as_integer() == 3);
}

TEST_CASE("text of any length survives copies and moves") {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string text(size, 'y');
    t::value made(text);
    const t::value copy = made;
    const t::value moved = std::move(made);
    CHECK(copy.as_text() == text);
    CHECK(moved.as_text() == text);
  }
}

TEST_CASE("a moved-from value is none, and may be assigned again") {
  t::value from(std::string(50, 'x'));
  const t::value to = std::move(from);
  CHECK(from.is_none());  // NOLINT(bugprone-use-after-move): that is what is tested
  from = 1;
  CHECK(from.as_integer() == 1);
  CHECK(to.as_text().size() == 50);
}

TEST_CASE("assigning a value to itself changes nothing") {
  t::value some = t::list{1, 2};
  t::value& same = some;
  some = same;
  CHECK(some.as_list().size() == 2);
  some = std::move(same);
  CHECK(some.as_list().size() == 2);
}

TEST_CASE("a number that 64 bits cannot hold is an error") {
  CHECK(kind_of_failure([] { (void)t::value(std::numeric_limits<std::uint64_t>::max()); }) ==
        t::error_kind::overflow);
  CHECK(t::value(std::uint64_t{5}).as_integer() == 5);
}

TEST_CASE("copies of a list are the same list") {
  const t::value one = t::list{1};
  const t::value other = one;
  one.as_list().emplace_back(2);
  CHECK(other.as_list().size() == 2);
  CHECK(one.same_as(other));
}

TEST_CASE("standard containers become lists, tuples and dicts") {
  CHECK(t::value(std::vector{1, 2, 3}).as_list().size() == 3);
  CHECK(t::value(std::set<std::string>{"b", "a"}).as_list()[0].as_text() == "a");
  CHECK(t::value(std::array{1.5}).as_list()[0].as_floating() == 1.5);
  CHECK(t::value(std::vector{true, false}).as_list()[1].is(t::value_kind::boolean));
  CHECK(t::value(std::pair(1, "x")).as_tuple()[1].as_text() == "x");
  CHECK(t::value(std::tuple(1, 2, 3)).as_tuple().size() == 3);

  const t::value made = std::map<std::string, std::vector<int>>{{"a", {1, 2}}};
  REQUIRE(made.as_dict().find("a"));
  CHECK(made.as_dict().find("a")->as_list()[1].as_integer() == 2);
}

TEST_CASE("a value converts to a C++ type, or the error names its actual type") {
  CHECK(t::from_value<int>(t::value(3)) == 3);
  CHECK(t::from_value<double>(t::value(3)) == 3.0);
  CHECK(t::from_value<std::string>(t::value("x")) == "x");
  CHECK(t::from_value<std::vector<int>>(t::value(t::list{1, 2})) == std::vector{1, 2});
  CHECK(t::from_value<std::map<std::string, int>>(t::value(t::dict{{"a", 1}})).at("a") == 1);
  CHECK(t::from_value<std::optional<int>>(t::value()) == std::nullopt);
  CHECK_THROWS_WITH(t::from_value<int>(t::value("x")), "TypeError: expected int, got str");
  CHECK_THROWS_WITH(t::from_value<std::uint8_t>(t::value(300)),
                    "TypeError: expected a smaller int, got int");
  CHECK_THROWS_WITH(t::from_value<std::string>(t::value()),
                    "TypeError: expected str, got NoneType");
}

TEST_CASE("destroying values nested a million deep does not overflow the stack") {
  t::value deep = t::list{};
  for (int i = 0; i < 1'000'000; ++i) deep = t::list{std::move(deep)};
  deep = {};
  CHECK(deep.is_none());
}
