#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/loader.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace t = aldis::templates;
namespace files = std::filesystem;

namespace {

/// A temporary folder.
class temporary_folder {
 public:
  temporary_folder() {
    std::string name = (files::temp_directory_path() / "aldis-templates-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()));
    path = name;
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;
  ~temporary_folder() { files::remove_all(path); }

  void write(const std::string& name, const std::string& text) const {
    files::create_directories((path / name).parent_path());
    std::ofstream(path / name) << text;
  }

  files::path path;
};

std::string failure_of_getting(const t::loader& from) {
  try {
    (void)t::environment{{.loader = from}}.get("shop/a.html");
    return {};
  } catch (const t::error& failure) {
    CHECK(failure.message() == "shop/a.html");
    return failure.what();
  }
}

bool finds(const t::loader& from, std::string_view name) { return from(name).has_value(); }

}  // namespace

TEST_CASE("a folder loader finds the files in the folder and its subfolders") {
  const temporary_folder folder;
  folder.write("a.html", "A");
  folder.write("parts/b.html", "B");
  const t::loader from = t::from_folder(folder.path);
  CHECK(from("a.html")->text == "A");
  CHECK(from("parts/b.html")->text == "B");
  CHECK(from("/a.html")->text == "A");
  CHECK_FALSE(finds(from, "c.html"));
  CHECK_FALSE(finds(from, "parts"));
  CHECK_FALSE(finds(from, ""));
}

TEST_CASE("no name leads out of a folder") {
  const temporary_folder folder;
  folder.write("secret.txt", "secret");
  folder.write("pages/a.html", "A");
  folder.write("pages-secret/a.html", "secret");
  files::create_symlink(folder.path / "secret.txt", folder.path / "pages/link");
  files::create_directory_symlink(folder.path, folder.path / "pages/up");
  const t::loader from = t::from_folder(folder.path / "pages");

  CHECK(finds(from, "a.html"));
  for (const std::string& name :
       {std::string("../secret.txt"), std::string("x/../../secret.txt"), std::string(".."),
        std::string("../pages-secret/a.html"), std::string("link"), std::string("up/secret.txt"),
        (folder.path / "secret.txt").string(), std::string("..\\secret.txt"),
        std::string("a.html\0.txt", 11), std::string("./../secret.txt")}) {
    CAPTURE(name);
    CHECK_FALSE(finds(from, name));
  }
}

TEST_CASE("several folders are searched in order") {
  const temporary_folder one;
  const temporary_folder two;
  one.write("a", "one");
  two.write("a", "two");
  two.write("b", "two");
  const t::loader from = t::from_folders({one.path, two.path});
  CHECK(from("a")->text == "one");
  CHECK(from("b")->text == "two");
}

TEST_CASE("loaders search maps, functions, prefixes and other loaders") {
  const t::loader from =
      t::first_of({t::from_prefixes({{"shop", t::from_map({{"index", "the shop"}})}}),
                   t::from_function([](std::string_view name) {
                     return name == "made" ? std::optional<std::string>("up") : std::nullopt;
                   })});
  CHECK(from("shop/index")->text == "the shop");
  CHECK(from("made")->text == "up");
  CHECK_FALSE(finds(from, "shop/other"));
  CHECK_FALSE(finds(from, "index"));
}

TEST_CASE("a compiled template is cached") {
  int loads = 0;
  const t::environment env{{.loader = t::from_function([&](std::string_view) {
                              return std::optional("version " + std::to_string(++loads));
                            })}};
  CHECK(env.get("a").render() == "version 1");
  CHECK(env.get("a").render() == "version 1");
  CHECK(env.get("b").render() == "version 2");
}

TEST_CASE("the cache has at most as many templates as the options say") {
  std::map<std::string, int, std::less<>> loads;
  const t::environment env{{.loader = t::from_function([&](std::string_view name) {
                              ++loads[std::string(name)];
                              return std::optional(std::string(name));
                            }),
                            .cache = 2}};
  for (const char* const name : {"a", "b", "a", "c", "a", "b"})
    CHECK(env.get(name).render() == name);
  CHECK(loads == std::map<std::string, int, std::less<>>{{"a", 1}, {"b", 2}, {"c", 1}});
}

TEST_CASE("a changed source is compiled again if the environment reloads") {
  std::string source = "old";
  const auto load = t::from_function([&](std::string_view) { return std::optional(source); });
  const t::environment reloading{{.loader = load, .reload = true}};
  const t::environment keeping{{.loader = load}};
  const t::compiled_template old = reloading.get("a");
  CHECK(old.render() == "old");
  CHECK(keeping.get("a").render() == "old");

  source = "new";

  CHECK(reloading.get("a").render() == "new");
  CHECK(keeping.get("a").render() == "old");
  CHECK(old.render() == "old");
}

TEST_CASE("a changed file is compiled again if the environment reloads") {
  const temporary_folder folder;
  folder.write("a", "old");
  const t::environment env{{.loader = t::from_folder(folder.path), .reload = true}};
  CHECK(env.get("a").render() == "old");

  folder.write("a", "newer");

  CHECK(env.get("a").render() == "newer");
}

TEST_CASE("the error of a template that is not found lists the searched locations") {
  const temporary_folder folder;
  const std::string there = "the folder '" + folder.path.string() + "'";
  const files::path gone = folder.path / "gone";
  const std::string no = "the folder '" + gone.string() + "', which is no folder";
  const std::string failed = "TemplateNotFound: shop/a.html\n  ";

  CHECK(failure_of_getting({}) == failed + "the environment has no loader");
  CHECK(failure_of_getting(t::from_folder(folder.path)) == failed + "searched: " + there);
  CHECK(failure_of_getting(t::from_folders({folder.path, gone})) ==
        failed + "searched: " + there + "; " + no);
  CHECK(failure_of_getting(t::first_of(
            {t::from_map({{"a", ""}, {"b", ""}}),
             t::from_function([](std::string_view) { return std::optional<std::string>(); }),
             [](std::string_view) { return std::nullopt; }})) ==
        failed + "searched: a map of 2; a function; a loader of the program");
  CHECK(failure_of_getting(t::from_prefixes({{"shop", t::from_folder(folder.path)}})) ==
        failed + "searched: " + there + " for 'shop/'");

  const t::environment env{{.loader = t::from_map({{"page", "\n{% include 'gone' %}"}})}};
  CHECK_THROWS_WITH((void)env.get("page").render(),
                    "TemplateNotFound: gone\n  searched: a map of 1\n  at page:2\n"
                    "    {% include 'gone' %}\n               ^");
}
