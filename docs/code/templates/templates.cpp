// docs/guide/templates.md

#include <aldis/templates/templates.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

//[struct]
struct user {
  std::string name;
  bool admin = false;

  std::string greet(const std::string& word) const { return word + ", " + name; }
};
//[/struct]

}  // namespace

//[members]
template <>
inline constexpr auto aldis::templates::members<user> = aldis::templates::describe(
    "name", &user::name,                                            // {{ user.name }}
    "greet", &user::greet,                                          // {{ user.greet('Hello') }}
    "initial", [](const user& u) { return u.name.substr(0, 1); });  // {{ user.initial }}
//[/members]

TEST_CASE("templates: text with holes") {
  //[first]
  const aldis::templates::environment env;
  const auto card = env.from_string("Dear {{ name }}, {{ age + 1 }} is a fine age.");
  CHECK(card.render({{"name", "Ann"}, {"age", 29}}) == "Dear Ann, 30 is a fine age.");
  //[/first]
}

TEST_CASE("templates: an environment for a folder") {
  //[environment]
  aldis::templates::environment env{{
      .loader = aldis::templates::from_folder("pages"),
      .autoescape = aldis::templates::by_extension,
      .reload = true,
  }};
  //[/environment]
  CHECK_THROWS_AS((void)env.get("no such page.html"), aldis::templates::error);
}

TEST_CASE("templates: loaders") {
  //[loaders]
  const auto pages = aldis::templates::first_of({
      aldis::templates::from_prefixes({{"shop", aldis::templates::from_folder("shop/pages")}}),
      aldis::templates::from_map({{"hello.txt", "Hello {{ name }}"}}),
      aldis::templates::from_function([](std::string_view name) {
        return name == "empty.txt" ? std::optional<std::string>("") : std::nullopt;
      }),
  });
  const aldis::templates::environment env{{.loader = pages}};
  CHECK(env.get("hello.txt").render({{"name", "Ann"}}) == "Hello Ann");
  //[/loaders]
}

TEST_CASE("templates: values") {
  const aldis::templates::environment env;
  //[values]
  const std::map<std::string, std::vector<int>> scores{{"ann", {3, 1}}, {"bob", {2}}};
  const auto table = env.from_string(
      "{% for name, points in scores.items() %}{{ name }}: {{ points|sum }}\n{% endfor %}");
  CHECK(table.render({{"scores", scores}}) == "ann: 4\nbob: 2\n");
  //[/values]
}

TEST_CASE("templates: a struct") {
  const aldis::templates::environment env;
  //[object]
  const user ann{"Ann"};
  const auto page = env.from_string("{{ user.greet('Hello') }} ({{ user.initial }})");
  CHECK(page.render({{"user", std::ref(ann)}}) == "Hello, Ann (A)");
  //[/object]
}

TEST_CASE("templates: functions") {
  //[functions]
  aldis::templates::environment env;
  env.filters["shout"] = [](std::string text) { return text + "!"; };
  env.tests["long"] = [](std::string_view text) { return text.size() > 10; };
  env.globals["version"] = "0.1";
  env.globals["link"] = aldis::templates::named_parameters(
      {"page", "number"}, [](std::string page, std::optional<int> number) {
        return "/" + page + (number ? "/" + std::to_string(*number) : "");
      });

  const auto page = env.from_string(
      "{{ 'hey'|shout }} {{ 'hey' is long }} {{ version }} {{ link('news', number=3) }}");
  CHECK(page.render() == "hey! False 0.1 /news/3");
  //[/functions]
}

TEST_CASE("templates: escaping") {
  //[escaping]
  const aldis::templates::environment env{{.autoescape = true}};
  const auto page = env.from_string("{{ name }} {{ name|safe }} {{ markup }}");
  CHECK(page.render({{"name", "<i>"}, {"markup", aldis::templates::safe_text{"<b>"}}}) ==
        "&lt;i&gt; <i> <b>");
  //[/escaping]
}

TEST_CASE("templates: streaming") {
  const aldis::templates::environment env;
  const auto page = env.from_string("{% for i in range(3) %}{{ i }}{% endfor %}");
  //[sink]
  std::string sent;
  page.render_to([&](std::string_view piece) { sent += piece; });
  CHECK(sent == "012");
  //[/sink]
}

TEST_CASE("templates: undefined") {
  //[undefined]
  const auto rendered = [](aldis::templates::undefined_behaviour behaviour) {
    const aldis::templates::environment env{{.undefined = behaviour}};
    return env.from_string("[{{ nobody }}]").render();
  };
  CHECK(rendered(aldis::templates::undefined_behaviour::lenient) == "[]");
  CHECK(rendered(aldis::templates::undefined_behaviour::debug) == "[{{ nobody }}]");
  CHECK_THROWS_AS((void)rendered(aldis::templates::undefined_behaviour::strict),
                  aldis::templates::error);
  //[/undefined]
}

TEST_CASE("templates: errors") {
  //[errors]
  const aldis::templates::environment env;
  std::string told;
  try {
    (void)env.from_string("<h1>\n  {{ user.name }}\n</h1>", "page.html").render();
  } catch (const aldis::templates::error& error) {
    told = error.what();
  }
  CHECK(told ==
        "UndefinedError: 'user' is undefined\n"
        "  at page.html:2\n"
        "      {{ user.name }}\n"
        "             ^");
  //[/errors]
}

TEST_CASE("templates: limits") {
  //[limits]
  const aldis::templates::environment env{{.limits = {.iterations = 1000}}};
  CHECK_THROWS_AS((void)env.from_string("{% for i in range(10**9) %}{% endfor %}").render(),
                  aldis::templates::error);
  //[/limits]
}
