#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <aldis/web.hpp>

#include "audit.hpp"
#include "herald.hpp"
#include "metrics.hpp"
#include "pages.hpp"
#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <string_view>

namespace web = aldis::web;

namespace {

/// A kingdom that nobody else listens to, and a visitor.
struct realm {
  kingdom::petition_book book;
  web::app app{"kingdom", {.root_path = ALDIS_KINGDOM_FOLDER}};
  web::test_client visitor{app};

  realm() { kingdom::set_up(app, book); }

  web::client_response present(const std::string& name, const std::string& plea) {
    return visitor.post("/petitions",
                        {.form = {{"name", name}, {"plea", plea}}, .follow_redirects = true});
  }
};

bool shows(const web::client_response& page, std::string_view text) {
  return page.body.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("the hall is empty until somebody asks") {
  realm r;

  const web::client_response hall = r.visitor.get("/");

  CHECK(hall.status == 200);
  CHECK(shows(hall, "Nobody has asked for anything yet."));
}

TEST_CASE("a petition is written down, announced once, and its author remembered") {
  realm r;

  const web::client_response hall = r.present("  Ann ", "A well for the village");

  CHECK(hall.status == 200);
  CHECK(hall.path == "/");
  CHECK(hall.history.at(0).status == 303);
  CHECK(shows(hall, R"(<p class="flash good" role="status">Petition 1 is in the book, Ann.</p>)"));
  CHECK(shows(hall, R"(<p class="plea">A well for the village</p>)"));
  CHECK(shows(hall, R"(name="name" value="Ann")"));
  CHECK_FALSE(shows(r.visitor.get("/"), "is in the book"));
  CHECK(shows(r.visitor.get("/petitions/1"), "A well for the village"));
}

TEST_CASE("a petition with something wrong comes back, with what is wrong") {
  realm r;

  const web::client_response nameless = r.present(" ", "A well");
  CHECK(nameless.status == 422);
  CHECK(shows(nameless, R"(<p class="flash bad" role="status">The herald must know your name.)"));
  CHECK(shows(nameless, ">A well</textarea>"));

  CHECK(r.present("Ann", "").status == 422);
  CHECK(r.present(std::string(61, 'n'), "A well").status == 422);
  CHECK(r.present("Ann", std::string(501, 'p')).status == 422);
  CHECK(r.visitor.post("/petitions", {.form = {{"name", "Ann"}}}).status == 400);
  CHECK(r.book.all().empty());

  std::string umlauts;
  for (int i = 0; i < 60; ++i) umlauts += "\u00fc";
  CHECK(r.present(umlauts, std::string(500, 'p')).status == 200);
}

TEST_CASE("what visitors type is text, not markup") {
  realm r;

  const web::client_response hall = r.present("<b>Bob</b>", "<script>alert(1)</script>");

  CHECK_FALSE(shows(hall, "<script>"));
  CHECK_FALSE(shows(hall, "<b>"));
  CHECK(shows(hall, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST_CASE("the throne is for who wears the crown") {
  realm r;
  r.present("Ann", "A well");

  CHECK(r.visitor.get("/throne/").status == 403);
  CHECK(r.visitor.post("/throne/1/granted").status == 403);
  CHECK(r.book.find(1)->verdict == kingdom::verdict::pending);

  const web::client_response throne = r.visitor.post("/crown/take", {.follow_redirects = true});
  CHECK(throne.path == "/throne/");
  CHECK(shows(throne, R"(action="/throne/1/granted")"));

  r.visitor.post("/crown/lay-down");
  CHECK(r.visitor.get("/throne/").status == 403);
}

TEST_CASE("a verdict is given once") {
  realm r;
  r.present("Ann", "A well");
  r.present("Bob", "A bridge");
  r.visitor.post("/crown/take");

  const web::client_response throne =
      r.visitor.post("/throne/1/granted", {.follow_redirects = true});
  CHECK(shows(throne, "Petition 1 is granted."));
  CHECK(r.visitor.post("/throne/1/refused").status == 409);
  CHECK(r.visitor.post("/throne/3/granted").status == 409);
  CHECK(r.visitor.post("/throne/2/burnt").status == 404);

  CHECK(r.book.find(1)->verdict == kingdom::verdict::granted);
  CHECK(r.book.find(2)->verdict == kingdom::verdict::pending);
  CHECK(shows(r.visitor.get("/"), R"(<span class="verdict granted">granted</span>)"));
}

TEST_CASE("errors have a page of the kingdom") {
  realm r;

  const web::client_response nowhere = r.visitor.get("/nowhere");
  CHECK(nowhere.status == 404);
  CHECK(shows(nowhere, "<h1>Not Found</h1>"));
  CHECK(shows(r.visitor.get("/petitions/7"), "There is no petition 7."));

  const web::client_response wrong = r.visitor.get("/petitions");
  CHECK(wrong.status == 405);
  CHECK(wrong.headers["Allow"] == "OPTIONS, POST");
  CHECK(shows(wrong, "<h1>Method Not Allowed</h1>"));
}

TEST_CASE("other programs read JSON") {
  realm r;
  r.present("Ann", "A well");

  const web::client_response response = r.visitor.get("/petitions.json");

  CHECK(response.headers["Content-Type"] == "application/json");
  CHECK(response.body == R"([{"number":1,"petitioner":"Ann","plea":"A well","verdict":"pending"}])"
                         "\n");
}

TEST_CASE("the static folder is served") {
  realm r;

  CHECK(r.visitor.get("/static/kingdom.css").headers["Content-Type"] == "text/css; charset=utf-8");
  CHECK(r.visitor.get("/static/../kingdom.cpp").status == 404);
}

TEST_CASE("the audit writes a line of JSON for each event, whatever was typed") {
  realm r;
  std::ostringstream log;
  const kingdom::audit audit(r.app, log);
  r.app.get("/trap", []() -> std::string { throw std::runtime_error("it snaps"); });
  r.app.logger().set_sink([](web::log_level, std::string_view) {});

  r.present("Ann", "A well\nand \"a rope\"");
  r.visitor.post("/crown/take");
  r.visitor.post("/throne/1/refused");
  CHECK(r.visitor.get("/trap").status == 500);

  CHECK(log.str() ==
        R"({"address":"127.0.0.1","number":1,"plea":"A well\nand \"a rope\"","presented_by":"Ann"})"
        "\n"
        R"({"address":"127.0.0.1","number":1,"verdict":"refused"})"
        "\n"
        R"({"address":"127.0.0.1","error":"std::runtime_error: it snaps","path":"/trap"})"
        "\n");
}

TEST_CASE("metrics count what happens") {
  realm r;
  const kingdom::metrics metrics(r.app);

  r.present("Ann", "A well");
  r.present("Bob", "A bridge");
  r.visitor.post("/crown/take");
  r.visitor.post("/throne/2/granted");
  r.visitor.get("/nowhere");

  const std::string counted =
      "kingdom_petitions_total 2\n"
      "kingdom_responses_total{status=\"200\"} 2\n"
      "kingdom_responses_total{status=\"303\"} 4\n"
      "kingdom_responses_total{status=\"404\"} 1\n"
      "kingdom_verdicts_total{verdict=\"granted\"} 1\n";
  CHECK(metrics.text() == counted);
  CHECK(r.visitor.get("/metrics").body == counted);
}

TEST_CASE("receivers of one kingdom do not hear of another") {
  realm here;
  realm there;
  std::ostringstream log;
  const kingdom::audit audit(here.app, log);
  const kingdom::metrics metrics(here.app);

  there.present("Ann", "A well");

  CHECK(log.str() == "");
  CHECK(metrics.text() == "");
}

TEST_CASE("the herald calls out every signal, and how many heard it") {
  realm r;
  std::ostringstream called;
  const kingdom::metrics metrics(r.app);
  const kingdom::herald herald(called);

  r.visitor.post("/petitions", {.form = {{"name", "Ann"}, {"plea", "A well"}}});

  CHECK(called.str() ==
        "appcontext-pushed: 0\n"
        "request-started: 0\n"
        "petition-presented: 1\n"
        "message-flashed: 0\n"
        "request-finished: 1\n"
        "request-tearing-down: 0\n"
        "appcontext-tearing-down: 0\n"
        "appcontext-popped: 0\n");
}

TEST_CASE("the book forgets the oldest petitions when it is full") {
  kingdom::petition_book book(2);
  book.add("Ann", "A well");
  book.add("Bob", "A bridge");
  book.add("Cid", "A road");

  CHECK_FALSE(book.find(1));
  CHECK(book.all().size() == 2);
  CHECK(book.all().front().petitioner == "Cid");
  CHECK_FALSE(book.decide(1, kingdom::verdict::granted));
}
