#include <aldis/detail/dangling.hpp>

#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace {

using aldis::detail::dangles;
using std::string;
using std::string_view;

/// A view that is not the standard library's, like those of Boost.
struct other_view {
  const char* first = "";
  std::size_t count = 0;
  other_view() = default;
  other_view(const string& s) : first(s.data()), count(s.size()) {}
  other_view(string_view s) : first(s.data()), count(s.size()) {}
  const char* data() const { return first; }
  std::size_t size() const { return count; }
};

struct buffer_view {
  void* data() const { return nullptr; }
  std::size_t size() const { return 0; }
};

/// A small object with a name that outlives it.
struct colour {
  int number = 0;
  operator string_view() const { return "red"; }
};

struct owner {
  string name;
  operator string_view() const { return name; }
  operator const char*() const { return name.c_str(); }
};

struct point {
  int x = 0;
};
struct named_point {
  string name;
  operator point() const { return {}; }
};

}  // namespace

TEST_CASE("an answer that refers to the receiver's own result dangles") {
  // A view of a container, of the standard library or not.
  CHECK(dangles<string_view, string>());
  CHECK(dangles<const string_view, const string>());
  CHECK(dangles<other_view, string>());
  CHECK(dangles<std::span<const int>, std::vector<int>>());
  CHECK(dangles<std::span<const int>, std::array<int, 3>>());
  CHECK(dangles<buffer_view, std::vector<char>>());
  CHECK(dangles<string_view, owner>());
  // A reference, or a pointer.
  CHECK(dangles<const string&, string>());
  CHECK(dangles<const int&, int>());
  CHECK(dangles<const char*, owner>());
  // One of these inside another type.
  CHECK(dangles<std::optional<string_view>, string>());
  CHECK(dangles<std::optional<string_view>, std::optional<string>>());
  CHECK(dangles<std::pair<int, string_view>, std::pair<int, string>>());
  CHECK(dangles<std::tuple<const string&, int>, std::tuple<string, int>>());
  CHECK(dangles<std::variant<int, string_view>, string>());
}

TEST_CASE("an answer that owns its value, or refers to one that lasts, does not dangle") {
  CHECK_FALSE(dangles<string, string>());
  CHECK_FALSE(dangles<string, string_view>());
  CHECK_FALSE(dangles<string, const char*>());
  CHECK_FALSE(dangles<string_view, string_view>());
  CHECK_FALSE(dangles<string_view, const char*>());
  CHECK_FALSE(dangles<string_view, const string&>());
  CHECK_FALSE(dangles<string_view, string&&>());
  CHECK_FALSE(dangles<other_view, string_view>());
  CHECK_FALSE(dangles<string_view, colour>());
  CHECK_FALSE(dangles<std::span<const int>, std::span<int>>());
  CHECK_FALSE(dangles<std::array<int, 3>, std::vector<int>>());
  CHECK_FALSE(dangles<const string&, const string&>());
  CHECK_FALSE(dangles<const char*, std::nullptr_t>());
  CHECK_FALSE(dangles<void (*)(), decltype([] {})>());
  CHECK_FALSE(dangles<std::function<string_view()>, decltype([s = string()] { return ""; })>());
  CHECK_FALSE(dangles<std::shared_ptr<string_view>, std::unique_ptr<string_view>>());
  CHECK_FALSE(dangles<std::optional<string>, std::optional<string_view>>());
  CHECK_FALSE(dangles<std::optional<string_view>, string_view>());
  CHECK_FALSE(dangles<std::pair<const point*, string>, std::pair<point*, string>>());
  CHECK_FALSE(dangles<std::variant<string, string_view>, string>());
  CHECK_FALSE(dangles<point, named_point>());
  CHECK_FALSE(dangles<bool, std::unique_ptr<int>>());
}
