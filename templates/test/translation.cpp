#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/templates/translation.hpp>

#include "sources.hpp"
#include <doctest/doctest.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace t = aldis::templates;

namespace {

enum class byte_order { little, big };

void append(std::string& to, std::uint32_t number, byte_order order) {
  for (unsigned i = 0; i < 4; ++i) {
    const unsigned shift = 8 * (order == byte_order::little ? i : 3 - i);
    to.push_back(static_cast<char>((number >> shift) & 0xFFU));
  }
}

using pairs = std::vector<std::pair<std::string, std::string>>;

const std::string german =
    "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n";

std::string header_with(const std::string& plural) {
  return "Content-Type: text/plain; charset=utf-8\nPlural-Forms: nplurals=9; plural=" + plural +
         ";\n";
}

/// Makes a .mo file.
std::string catalog_of(const pairs& messages, byte_order order = byte_order::little) {
  const auto count = static_cast<std::uint32_t>(messages.size());
  std::string file;
  for (const std::uint32_t number :
       {0x950412deU, 0U, count, 28U, 28U + 8 * count, 0U, 28U + 16 * count}) {
    append(file, number, order);
  }
  std::string texts;
  const auto add = [&](const std::string& text) {
    append(file, static_cast<std::uint32_t>(text.size()), order);
    append(file, static_cast<std::uint32_t>(28 + 16 * messages.size() + texts.size()), order);
    texts += text;
    texts.push_back('\0');
  };
  for (const auto& each : messages) add(each.first);
  for (const auto& each : messages) add(each.second);
  return file + texts;
}

/// The forms of a message are separated by |.
std::string forms(std::string text) {
  for (char& c : text) c = c == '|' ? '\0' : c;
  return text;
}

std::string failure_of_catalog(std::string bytes) {
  try {
    const t::catalog read(std::move(bytes));
    return {};
  } catch (const t::error& failure) {
    return failure.message();
  }
}

/// The form that a rule selects. The catalog has a text for each form up to 9.
std::string form(const std::string& rule, std::int64_t n) {
  try {
    const t::catalog read(
        catalog_of({{"", header_with(rule)}, {forms("a|b"), forms("0|1|2|3|4|5|6|7|8|9")}}));
    return std::string(read.find_plural("a", n).value_or("none"));
  } catch (const t::error& failure) {
    return std::string(failure.type_name()) + ": " + failure.message();
  }
}

}  // namespace

TEST_CASE("a catalog has messages with contexts and plurals, in either byte order") {
  const pairs messages{{"", german},
                       {"Hello", "Hallo"},
                       {"month\4May", "Mai"},
                       {forms("file|files"), forms("Datei|Dateien")},
                       {forms("x\4file|files"), forms("Akte|Akten")}};
  for (const byte_order order : {byte_order::little, byte_order::big}) {
    const t::catalog read(catalog_of(messages, order));

    CHECK(read.size() == 5);
    CHECK(read.find("Hello") == "Hallo");
    CHECK(read.find("Hell") == std::nullopt);
    CHECK(read.find("May") == std::nullopt);
    CHECK(read.find("month", "May") == "Mai");
    CHECK(read.find_plural("file", 1) == "Datei");
    CHECK(read.find_plural("file", 0) == "Dateien");
    CHECK(read.find_plural("x", "file", 2) == "Akten");
    CHECK(read.find("file") == "Datei");
    CHECK(read.find_plural("Hello", 1) == std::nullopt);
    CHECK(read.find("") == german);
  }
}

TEST_CASE("templates are translated by a catalog") {
  const t::catalog read(
      catalog_of({{"", german},
                  {"Hello %(name)s", "Hallo %(name)s"},
                  {forms("%(n)s file|%(n)s files"), forms("%(n)s Datei|%(n)s Dateien")}}));
  const t::environment env{{.translate = read}};

  CHECK(env.from_string("{% trans %}Hello {{ name }}{% endtrans %}, {% trans n=n %}{{ n }} file"
                        "{% pluralize %}{{ n }} files{% endtrans %}")
            .render({{"name", "Ann"}, {"n", 2}}) == "Hallo Ann, 2 Dateien");
}

TEST_CASE("a function translates, and may read the language from a variable of the render") {
  std::vector<std::string> asked;
  const t::environment env{
      {.translate = [&](const t::message& wanted) -> std::optional<std::string> {
        std::string all(wanted.context.value_or("-"));
        all.append("/").append(wanted.text).append("/").append(wanted.plural.value_or("-"));
        all += wanted.count.is_none() ? "" : "/" + std::to_string(wanted.count.as_integer());
        asked.push_back(all);
        const auto language = wanted.render.resolve("language");
        if (!language || language->as_text() != "de") return std::nullopt;
        return "deutsch";
      }}};
  const auto page = env.from_string(
      "{{ _('a') }} {{ pgettext('c', 'b') }} {{ ngettext('x', 'y', 3) }} "
      "{{ npgettext('c', 'x', 'y', 1) }}");

  CHECK(page.render() == "a b y x");
  CHECK(page.render({{"language", "de"}}) == "deutsch deutsch deutsch deutsch");
  CHECK(asked == std::vector<std::string>{"-/a/-", "c/b/-", "-/x/y/3", "c/x/y/1", "-/a/-", "c/b/-",
                                          "-/x/y/3", "c/x/y/1"});
}

TEST_CASE("a template without translations prints its own text") {
  const t::environment env{{.translate = t::untranslated}};
  CHECK(
      env.from_string("{% trans %}Hello{% endtrans %} {{ ngettext('one', 'many', 2) }}").render() ==
      "Hello many");
}

TEST_CASE("translations count as memory") {
  const t::environment env{
      {.translate = [](const t::message&) { return std::optional(std::string(1000, 'x')); },
       .limits = {.memory = 100'000}}};
  const auto page = env.from_string("{% for i in range(n) %}{{ _('x') }}{% endfor %}");
  CHECK(page.render({{"n", 10}}).size() == 10'000);
  CHECK_THROWS_AS((void)page.render({{"n", 1000}}), t::error);
}

TEST_CASE("plural rules are C expressions") {
  CHECK(form("n != 1", 1) == "0");
  CHECK(form("n>1", 1) == "0");
  CHECK(form("0", 5) == "0");
  CHECK(form("n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2",
             22) == "1");
  CHECK(form("n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2",
             111) == "2");
  CHECK(form("!n", 0) == "1");
  CHECK(form("!!n+1", 5) == "2");
  CHECK(form("1+2*3-4/2", 0) == "5");
  CHECK(form("9-3-2", 0) == "4");
  CHECK(form("3>2==1", 0) == "1");
  CHECK(form("0?1:0?2:3", 0) == "3");
  CHECK(form("(n)", 7) == "7");
  CHECK(form("\tn ", 7) == "7");
  CHECK(form("n%3", -1) == "2");
  CHECK(form("n/2", -1) == "none");
  CHECK(form("1 || 1/0", 1) == "1");
  CHECK(form("10", 1) == "none");
  CHECK(form("n" + repeated("+0", 450), 5) == "5");
}

TEST_CASE("an invalid plural rule is an error when the catalog is read or used") {
  CHECK(form("", 1) == "ValueError: unexpected end in plural form");
  CHECK(form("n +", 1) == "ValueError: unexpected end in plural form");
  CHECK(form("n n", 1) == "ValueError: unexpected 'n' in plural form");
  CHECK(form("x", 1) == "ValueError: unexpected 'x' in plural form");
  CHECK(form("(n", 1) == "ValueError: unbalanced parenthesis in plural form");
  CHECK(form("n ? 1", 1) == "ValueError: unexpected end in plural form");
  CHECK(form("-n", 1) == "ValueError: unexpected '-' in plural form");
  CHECK(form("99999999999999999999", 1) == "ValueError: unexpected '9' in plural form");
  CHECK(form("n" + repeated("+0", 600), 1) == "ValueError: plural form expression is too long");
  CHECK(form(std::string(100, '(') + "n" + std::string(100, ')'), 1) ==
        "ValueError: plural form expression is too complex");
  CHECK(form(std::string(100, '!') + "n", 1) ==
        "ValueError: plural form expression is too complex");
  CHECK(form("n/0", 1) == "ZeroDivisionError: a plural form divides by zero");
  CHECK(form("n%0", 1) == "ZeroDivisionError: a plural form divides by zero");
  CHECK(form("n*9223372036854775807", 2).starts_with("OverflowError"));
  CHECK(form("n/(0-1)", INT64_MIN).starts_with("OverflowError"));
  CHECK(form("n%(0-1)", INT64_MIN) == "0");
}

TEST_CASE("an invalid catalog is an error with the reason") {
  const std::string good = catalog_of({{"", german}, {"Hello", "Hallo"}});
  CHECK(failure_of_catalog(good).empty());
  CHECK(failure_of_catalog(catalog_of({})).empty());

  const auto with = [&](std::size_t offset, std::uint32_t number) {
    std::string file = good;
    std::string bytes;
    append(bytes, number, byte_order::little);
    return file.replace(offset, 4, bytes);
  };
  const std::string no = "not a catalog of translations: ";
  CHECK(failure_of_catalog("") == no + "it is shorter than its header");
  CHECK(failure_of_catalog(std::string(28, 'x')) ==
        no + "it does not begin with the number of a .mo file");
  CHECK(failure_of_catalog(with(4, 2U << 16U)) == no + "its version 2 is not known");
  CHECK(failure_of_catalog(with(8, 0xFFFFFFFFU)) == no + "it is shorter than its tables");
  CHECK(failure_of_catalog(with(12, 0xFFFFFFFFU)) == no + "it is shorter than its tables");
  CHECK(failure_of_catalog(with(16, 0xFFFFFFFFU)) == no + "it is shorter than its tables");
  CHECK(failure_of_catalog(with(28, 0xFFFFFFFFU)) == no + "a text is outside of it");
  CHECK(failure_of_catalog(with(32, 0xFFFFFFFFU)) == no + "a text is outside of it");
  CHECK(failure_of_catalog(with(36, static_cast<std::uint32_t>(good.size()))) ==
        no + "a text is outside of it");
  for (std::size_t size = 0; size < good.size(); ++size) {
    CAPTURE(size);
    CHECK(failure_of_catalog(good.substr(0, size)) != "");
  }
}

TEST_CASE("overlapping texts are rejected, because a small file could be large in memory") {
  std::string file;
  constexpr std::uint32_t count = 1000;
  const std::string text(5000, 'x');
  for (const std::uint32_t number : {0x950412deU, 0U, count, 28U, 28U, 0U, 0U}) {
    append(file, number, byte_order::little);
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    append(file, static_cast<std::uint32_t>(text.size()), byte_order::little);
    append(file, 28 + 8 * count, byte_order::little);
  }
  CHECK(failure_of_catalog(file + text + '\0') ==
        "not a catalog of translations: its texts overlap");
}

TEST_CASE("a catalog is in UTF-8") {
  const auto with_charset = [](const std::string& charset, const std::string& text) {
    return catalog_of({{"", "Content-Type: text/plain; charset=" + charset + "\n"}, {"a", text}});
  };
  CHECK(failure_of_catalog(with_charset("UTF-8", "ä")).empty());
  CHECK(failure_of_catalog(with_charset("utf8", "ä")).empty());
  CHECK(failure_of_catalog(with_charset("US-ASCII", "a")).empty());
  CHECK(failure_of_catalog(with_charset("ISO-8859-1", "\xe4")) ==
        "not a catalog of translations: its texts are in iso-8859-1, not in UTF-8");
  CHECK(failure_of_catalog(with_charset("UTF-8", "\xe4")) ==
        "not a catalog of translations: it has text that is not UTF-8");
  CHECK(failure_of_catalog(catalog_of({{"a\xff", "b"}})) ==
        "not a catalog of translations: it has text that is not UTF-8");
}

TEST_CASE("a catalog without a header has the plural rule of English") {
  const t::catalog read(catalog_of({{forms("a|b"), forms("eins|viele")}}));
  CHECK(read.find_plural("a", 1) == "eins");
  CHECK(read.find_plural("a", 2) == "viele");
}

TEST_CASE("a catalog is read from a file") {
  const std::filesystem::path file = std::filesystem::temp_directory_path() /
                                     ("aldis_catalog_" + std::to_string(std::rand()) + ".mo");
  {
    std::ofstream out(file, std::ios::binary);
    out << catalog_of({{"", german}, {"Hello", "Hallo"}});
  }
  CHECK(t::catalog::from_file(file).find("Hello") == "Hallo");
  std::filesystem::remove(file);
  CHECK_THROWS_AS((void)t::catalog::from_file(file), t::error);
}
