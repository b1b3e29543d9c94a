// docs/guide/templates.md

#include <aldis/templates/templates.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
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

namespace {

//[command_line]
std::string render_file(const std::filesystem::path& file, const aldis::templates::dict& values) {
  const aldis::templates::environment env{{
      .loader = aldis::templates::from_folder(absolute(file).parent_path()),
      .keep_trailing_newline = true,
  }};
  return env.get(file.filename().string()).render(values);
}
//[/command_line]

}  // namespace

TEST_CASE("templates: in a command line tool") {
  const auto folder = std::filesystem::temp_directory_path() / "aldis_docs_templates";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "letter.txt") << "{% include 'head.txt' %}, {{ name }}!\n";
  std::ofstream(folder / "head.txt") << "Hello";

  CHECK(render_file(folder / "letter.txt", {{"name", "Ann"}}) == "Hello, Ann!\n");
  CHECK_THROWS_AS((void)render_file(folder / "none.txt", {}), aldis::templates::error);
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

TEST_CASE("templates: a tag") {
  const auto today = [](std::string_view format) {
    return std::string(format == "%Y" ? "2026" : "?");
  };
  //[tag]
  aldis::templates::environment env;
  env.add_tag("now", [&](std::string_view format) { return today(format); });

  CHECK(env.from_string("(c) {% now '%Y' %}").render() == "(c) 2026");
  //[/tag]
}

TEST_CASE("templates: a tag with a body") {
  //[block_tag]
  aldis::templates::environment env;
  std::map<std::string, std::string> kept;
  env.add_tag("cache",
              [&](const aldis::templates::tag_body& body, const std::string& key) {
                if (!kept.contains(key)) kept[key] = body.text();
                return aldis::templates::markup{kept[key]};
              },
              {.end = "endcache"});

  const auto page = env.from_string("{% cache 'menu' %}<b>{{ n }}</b>{% endcache %}");
  CHECK(page.render({{"n", 1}}) == "<b>1</b>");
  CHECK(page.render({{"n", 2}}) == "<b>1</b>");
  //[/block_tag]
}

TEST_CASE("templates: tags with variables, names and results") {
  aldis::templates::environment env;
  //[tag_options]
  using aldis::templates::tag_body;
  env.add_tag("each_line",
              [](const tag_body& body, const std::vector<std::string>& lines) {
                std::string result;
                for (const std::string& line : lines) result += body.text({{"line", line}});
                return result;
              },
              {.end = "endeach_line", .variables = {"line"}});
  env.add_tag("settings",
              [](const std::string& name) {
                return std::map<std::string, int>{{name, 5}};
              },
              {.names = 1, .assigns = true});

  const auto page = env.from_string(
      "{% each_line ['a', 'b'] %}- {{ line }}\n{% endeach_line %}"
      "{% settings shop as all %}{{ all.shop }}");
  CHECK(page.render() == "- a\n- b\n5");
  //[/tag_options]
}

TEST_CASE("templates: translations") {
  //[translate]
  using aldis::templates::message;
  const std::map<std::string, std::string, std::less<>> german{
      {"Hello %(name)s", "Hallo %(name)s"}};
  const aldis::templates::environment env{{
      .translate = [&](const message& wanted) -> std::optional<std::string> {
        const auto found = german.find(wanted.text);
        return found == german.end() ? std::nullopt : std::optional(found->second);
      },
  }};
  const auto page = env.from_string("{% trans name=user %}Hello {{ name }}{% endtrans %}");
  CHECK(page.render({{"user", "Ann"}}) == "Hallo Ann");
  //[/translate]
}

TEST_CASE("templates: a language for each render") {
  const std::map<std::string, aldis::templates::translator, std::less<>> languages{
      {"de", [](const aldis::templates::message&) { return std::optional<std::string>("Hallo"); }}};
  //[language]
  const aldis::templates::environment env{{
      .translate = [&](const aldis::templates::message& wanted) -> std::optional<std::string> {
        const auto language = wanted.render.resolve("language");
        const auto found = languages.find(language ? language->as_text() : "en");
        return found == languages.end() ? std::nullopt : found->second(wanted);
      },
  }};
  const auto page = env.from_string("{{ _('Hello') }}");
  CHECK(page.render({{"language", "de"}}) == "Hallo");
  CHECK(page.render() == "Hello");
  //[/language]
}

TEST_CASE("templates: chats") {
  //[chat]
  const aldis::templates::chat_environment env;
  const auto chat = env.from_string(
      "{% for message in messages %}\n"
      "{{ '<|' ~ message.role ~ '|>' }}\n"
      "{% generation %}{{ message.content }}{% endgeneration %}\n"
      "{% endfor %}");
  using messages = std::vector<std::map<std::string, std::string>>;
  const auto said = aldis::templates::render_chat(
      chat, {{"messages", messages{{{"role", "assistant"}, {"content", "Hello!"}}}}});

  CHECK(said.text == "<|assistant|>\nHello!");
  CHECK(said.assistant == std::vector<aldis::templates::text_span>{{14, 20}});
  //[/chat]
}

TEST_CASE("templates: the clock of chats") {
  //[chat_options]
  using namespace std::chrono_literals;
  const aldis::templates::chat_environment env({
      .now = [] { return std::chrono::local_days(2026y / 11 / 27) + 20h; },
      .environment = {.limits = {.output = 1024}},
  });
  CHECK(env.from_string("{{ strftime_now('%d %b %Y') }}").render() == "27 Nov 2026");
  //[/chat_options]
}

TEST_CASE("templates: escaping") {
  //[escaping]
  const aldis::templates::environment env{{.autoescape = true}};
  const auto page = env.from_string("{{ name }} {{ name|safe }} {{ markup }}");
  CHECK(page.render({{"name", "<i>"}, {"markup", aldis::templates::markup{"<b>"}}}) ==
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
  const auto rendered = [](aldis::templates::undefined_policy policy) {
    const aldis::templates::environment env{{.undefined = policy}};
    return env.from_string("[{{ nobody }}]").render();
  };
  CHECK(rendered(aldis::templates::undefined_policy::lenient) == "[]");
  CHECK(rendered(aldis::templates::undefined_policy::debug) == "[{{ nobody }}]");
  CHECK_THROWS_AS((void)rendered(aldis::templates::undefined_policy::strict),
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
