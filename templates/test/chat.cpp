#include <aldis/templates/chat.hpp>
#include <aldis/templates/error.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

namespace t = aldis::templates;
using namespace std::chrono_literals;

// test/oracle/cases/chat.toml compares the output with transformers.

TEST_CASE("render_chat returns the spans of what the assistant said, in bytes") {
  const t::chat_environment env;
  const auto chat = env.from_string(
      "{% for m in messages %}<{{ m.role }}>{% if m.role == 'assistant' %}{% generation %}"
      "{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}");
  const t::dict variables{{"messages", t::list{t::dict{{"role", "user"}, {"content", "é?"}},
                                               t::dict{{"role", "assistant"}, {"content", "è!"}}}}};

  const t::chat_text said = t::render_chat(chat, variables);

  CHECK(said.text == "<user>é?<assistant>è!");
  CHECK(said.assistant == std::vector<t::text_span>{{20, 23}});
  CHECK(chat.render(variables) == said.text);
}

TEST_CASE("a render inside a render does not mix up the spans of both") {
  t::chat_environment env;
  const auto inner = env.from_string("...{% generation %}inner{% endgeneration %}");
  t::chat_text told;
  env.globals["inner"] = [&] {
    told = t::render_chat(inner);
    return told.text;
  };
  const auto outer = env.from_string(
      "{% generation %}a{% endgeneration %}{{ inner() }}{% generation %}b"
      "{% endgeneration %}");

  const t::chat_text said = t::render_chat(outer);

  CHECK(said.text == "a...innerb");
  CHECK(said.assistant == std::vector<t::text_span>{{0, 1}, {9, 10}});
  CHECK(told.assistant == std::vector<t::text_span>{{3, 8}});
}

TEST_CASE("strftime_now uses the clock of the options") {
  auto now =
      std::chrono::local_seconds(std::chrono::local_days(2024y / 2 / 29) + 23h + 59min + 59s);
  const t::chat_environment env({.now = [&] { return now; }});
  const auto chat = env.from_string("{{ strftime_now('%Y-%m-%d %H:%M:%S %j') }}");

  CHECK(chat.render() == "2024-02-29 23:59:59 060");
  now += 1s;
  CHECK(chat.render() == "2024-03-01 00:00:00 061");
}

TEST_CASE("strftime_now uses the system's clock by default") {
  const t::chat_environment env;
  const std::string year = env.from_string("{{ strftime_now('%Y') }}").render();
  CHECK(year.size() == 4);
  CHECK(year >= "2024");
}

TEST_CASE("raise_exception throws an error with its location") {
  const t::chat_environment env;
  try {
    (void)env.from_string("a\n{{ raise_exception('No tools: ' ~ 5) }}", "chat").render();
    FAIL("nothing was thrown");
  } catch (const t::error& failure) {
    CHECK(failure.kind() == t::error_kind::raised);
    CHECK(failure.type_name() == "TemplateError");
    CHECK(failure.message() == "No tools: 5");
    CHECK(failure.line() == 2);
  }
}

TEST_CASE("a chat environment uses the limits and the loader of its options") {
  const t::chat_environment env({.environment = {
                                     .loader = t::from_map({{"chat",
                                                             "{{ [1]|tojson }}{% for i in "
                                                             "range(n) %}{% endfor %}"}}),
                                     .limits = {.iterations = 100},
                                 }});
  CHECK(env.get("chat").render({{"n", 1}}) == "[1]");
  CHECK_THROWS_AS((void)env.get("chat").render({{"n", 1000}}), t::error);
  CHECK(env.options().trim_blocks);
}
