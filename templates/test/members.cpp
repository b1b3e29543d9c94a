#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/members.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

struct address {
  std::string city;
};

struct user {
  std::string name;
  int age = 0;
  address home;
  mutable int asked = 0;

  std::string greet(const std::string& word) const { return word + ", " + name; }
};

}  // namespace

template <>
inline constexpr auto aldis::templates::members<address> =
    aldis::templates::describe("city", &address::city);

template <>
inline constexpr auto aldis::templates::members<user> =
    aldis::templates::describe("name", &user::name, "age", &user::age, "home", &user::home, "greet",
                               &user::greet, "initial", [](const user& u) {
                                 ++u.asked;
                                 return u.name.substr(0, 1);
                               });

namespace t = aldis::templates;

TEST_CASE("a template can use the described members of a struct") {
  const t::environment env;
  const user ann{"Ann", 33, {"Paris"}};
  CHECK(env.from_string("{{ u.name }} {{ u['age'] }} {{ u.home.city }} {{ u.greet('Hi') }}")
            .render({{"u", ann}}) == "Ann 33 Paris Hi, Ann");
}

TEST_CASE("a member is computed only when a template uses it") {
  const t::environment env;
  const user ann{"Ann", 33, {"Paris"}};
  CHECK(env.from_string("{{ u.name }}").render({{"u", std::cref(ann)}}) == "Ann");
  CHECK(ann.asked == 0);
  CHECK(env.from_string("{{ u.initial }}").render({{"u", std::cref(ann)}}) == "A");
  CHECK(ann.asked == 1);
}

TEST_CASE("references and pointers refer, values are copies, a null pointer is none") {
  const t::environment env;
  user ann{"Ann", 33, {"Paris"}};
  const t::value copy = ann;
  const t::value referred = std::ref(ann);
  const t::value pointed = &ann;
  const t::value shared = std::make_shared<user>(ann);
  ann.name = "Bob";

  CHECK(env.from_string("{{ a.name }} {{ b.name }} {{ c.name }} {{ d.name }}")
            .render({{"a", copy}, {"b", referred}, {"c", pointed}, {"d", shared}}) ==
        "Ann Bob Bob Ann");
  CHECK(t::value(static_cast<user*>(nullptr)).is_none());
  CHECK(t::value(std::shared_ptr<user>()).is_none());
}

TEST_CASE("containers of described structs convert to values") {
  const t::environment env;
  const std::vector<user> users{{"Ann", 1, {}}, {"Bob", 2, {}}};
  CHECK(env.from_string("{% for u in users %}{{ u.name }}{{ u.age }} {% endfor %}")
            .render({{"users", users}}) == "Ann1 Bob2 ");
  CHECK(env.from_string("{{ users|map(attribute='name')|join(',') }}").render({{"users", users}}) ==
        "Ann,Bob");
}

TEST_CASE("a member that a struct does not have is undefined") {
  const t::environment env;
  const user ann{"Ann", 33, {}};
  CHECK(env.from_string("[{{ u.nope }}]").render({{"u", ann}}) == "[]");
  try {
    (void)env.from_string("{{ u.nope.more }}").render({{"u", ann}});
    FAIL("nothing was thrown");
  } catch (const t::error& failure) {
    CHECK(failure.message() == "'user object' has no attribute 'nope'");
  }
}
