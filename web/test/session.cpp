#include <aldis/web.hpp>
#include <aldis/web/session.hpp>

#include "session_accesses.hpp"
#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace web = aldis::web;

namespace {

constexpr std::int64_t now = 1'700'000'000;
const std::string secret = "dev-secret";

std::optional<web::dict> read(std::string_view cookie, std::int64_t at = now,
                              std::vector<std::string> secrets = {secret}) {
  return web::read_session(cookie, secrets, at);
}

web::value entry(const std::optional<web::dict>& of, const char* key) {
  REQUIRE(of.has_value());
  const web::value* const found = of->find(key);
  REQUIRE(found != nullptr);
  return *found;
}

/// An app with a fixed clock, and a client.
struct fixture {
  web::app app;
  std::int64_t time = now;
  web::test_client client{app};

  fixture() {
    app.config()["SECRET_KEY"] = secret;
    app.set_session_interface(std::make_shared<web::cookie_sessions>([this] { return time; }));
    app.route("/set/<value>", [](const std::string& value) {
      web::session()["v"] = value;
      return "set";
    });
    app.route("/get", [] {
      const web::value found = web::session()["v"];
      return found.is_none() ? std::string("none") : std::string(found.as_text());
    });
    app.route("/pop", [] {
      web::session().pop("v");
      return "popped";
    });
    app.route("/permanent", [] {
      web::session().set_permanent(true);
      return "kept";
    });
    app.route("/plain", [] { return "plain"; });
  }
};

}  // namespace

TEST_CASE("the session cookie equals Flask's byte for byte") {
  CHECK(web::sign_session({{"user", "ana"}, {"n", 1}}, secret, now) ==
        "eyJuIjoxLCJ1c2VyIjoiYW5hIn0.ZVPxAA.vBcjd_9AiOgbKWJQUupchx0oCf0");
  CHECK(web::sign_session({{"a", web::list{web::tuple{{1, 2}}}}, {"b", 1}}, secret, now) ==
        "eyJhIjpbeyIgdCI6WzEsMl19XSwiYiI6MX0.ZVPxAA.0MMUf9jTZX_OePPQqNNnRbrVquM");
  CHECK(web::sign_session({}, secret, now) == "e30.ZVPxAA.hH2qA2YRrC7f_HpZizfuODqIo0U");
}

TEST_CASE("session cookies of Flask can be read") {
  CHECK(entry(read("eyJuIjoxLCJ1c2VyIjoiYW5hIn0.ZVPxAA.vBcjd_9AiOgbKWJQUupchx0oCf0"), "user")
            .as_text() == "ana");
  const web::value a =
      entry(read("eyJhIjpbeyIgdCI6WzEsMl19XSwiYiI6MX0.ZVPxAA.0MMUf9jTZX_OePPQqNNnRbrVquM"), "a");
  CHECK(a.as_list()[0].as_tuple()[1].as_integer() == 2);
  CHECK(read("e30.ZVPxAA.hH2qA2YRrC7f_HpZizfuODqIo0U")->empty());
  // A compressed one.
  const web::value flashes = entry(
      read(
          ".eJyrVopPy0kszkgtVrKKrlZSKAFSSpl5aflKOkoZmQo2SXZKsbU6MInc1OLixPRUoFxMqYFBqiVQLrYWAMeJFLk"
          ".ZVPxAA.S96q5B5H4u8aX8sJPH8tHyPt06s"),
      "_flashes");
  CHECK(flashes.as_list()[0].as_tuple()[1].as_text() == "hi <b>");
  CHECK(flashes.as_list()[1].as_tuple()[1].as_text() == "\u00e9");
}

TEST_CASE("NaN and infinities survive in a session, as in Python") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const web::dict all{{"above", infinity},
                      {"below", -infinity},
                      {"none", std::numeric_limits<double>::quiet_NaN()},
                      {"text", "NaN, \"Infinity\" \\"}};

  const auto back = read(web::sign_session(all, secret, now));

  CHECK(entry(back, "above").as_floating() == infinity);
  CHECK(entry(back, "below").as_floating() == -infinity);
  CHECK(std::isnan(entry(back, "none").as_floating()));
  CHECK(entry(back, "text").as_text() == "NaN, \"Infinity\" \\");
}

TEST_CASE("values of all types survive in a session") {
  const web::uuid id = *web::uuid::from_text("12345678-1234-1234-1234-123456789abc");
  const web::date_time when{std::chrono::seconds(now)};
  const web::dict all{
      {"none", nullptr},
      {"flag", true},
      {"number", -5},
      {"fraction", 0.5},
      {"text", "\u00e9 \U0001f600 \" \\ \n"},
      {"markup", aldis::templates::markup{"<b>"}},
      {"bytes", web::bytes{std::string("\0\xff", 2)}},
      {"id", id},
      {"when", when},
      {"like a tag", web::dict{{" t", "not a tuple"}}},
      {"long", std::string(2000, 'x')},
  };

  const auto back = read(web::sign_session(all, secret, now));

  CHECK(entry(back, "none").is_none());
  CHECK(entry(back, "flag").as_boolean());
  CHECK(entry(back, "number").as_integer() == -5);
  CHECK(entry(back, "fraction").as_floating() == 0.5);
  CHECK(entry(back, "text").as_text() == "\u00e9 \U0001f600 \" \\ \n");
  CHECK(entry(back, "markup").is_markup());
  CHECK(aldis::templates::from_value<web::bytes>(entry(back, "bytes")).data ==
        std::string("\0\xff", 2));
  CHECK(aldis::templates::from_value<web::uuid>(entry(back, "id")) == id);
  CHECK(aldis::templates::from_value<web::date_time>(entry(back, "when")) == when);
  CHECK(entry(back, "like a tag").as_dict().find(" t")->as_text() == "not a tuple");
  CHECK(entry(back, "long").as_text().size() == 2000);
}

TEST_CASE("numbers survive exactly; integers of more than 64 bits become the nearest double") {
  for (const double number : {972229131485000.9, 0.1, 5e-324, 1.7976931348623157e308, -1e-7}) {
    const auto back = read(web::sign_session({{"n", number}}, secret, now));
    CHECK(entry(back, "n").as_floating() == number);
  }
  // As Flask signs {"n": 2**63, "m": 2**64}.
  const auto large = read(
      "eyJtIjoxODQ0Njc0NDA3MzcwOTU1MTYxNiwibiI6OTIyMzM3MjAzNjg1NDc3NTgwOH0.ZVPxAA."
      "mYtX9LRv82DJk54bn7uW80c_qNE");
  CHECK(entry(large, "n").as_floating() == 9223372036854775808.0);
  CHECK(entry(large, "m").as_floating() == 18446744073709551616.0);
}

TEST_CASE("bytes that are not UTF-8 are replaced, and the rest of the session survives") {
  const web::dict all{{"agent", std::string("caf\xff"
                                            "abcd")},
                      {"begun", std::string("\xe2\"<x")},
                      {"too large", std::string("\xf5\x80\x80\x80")},
                      {"surrogate", std::string("\xed\xa0\x80")},
                      {"largest", "\U0010ffff"}};

  const auto back = read(web::sign_session(all, secret, now));

  CHECK(entry(back, "agent").as_text() == "caf\ufffdabcd");
  CHECK(entry(back, "begun").as_text() == "\ufffd\"<x");
  CHECK(entry(back, "too large").as_text() == "\ufffd\ufffd\ufffd\ufffd");
  CHECK(entry(back, "surrogate").as_text() == "\ufffd\ufffd\ufffd");
  CHECK(entry(back, "largest").as_text() == "\U0010ffff");
}

TEST_CASE("a cookie that is forged, too old, or from the future is rejected") {
  const std::string cookie = web::sign_session({{"n", 1}}, secret, now);
  constexpr std::int64_t lifetime = 31 * 24 * 3600;

  CHECK(read(cookie, now + lifetime));
  CHECK(!read(cookie, now + lifetime + 1));
  CHECK(!read(cookie, now - 1));
  CHECK(!read(cookie, now, {"another secret"}));
  CHECK(read(cookie, now, {"another secret", secret}));
  for (std::size_t i = 0; i < cookie.size(); ++i) {
    std::string changed = cookie;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    // The last character of a signature has two unused bits.
    if (i + 1 < cookie.size()) CHECK_MESSAGE(!read(changed), i);
    CHECK(!read(cookie.substr(0, i)));
  }
  for (const char* const junk : {"", ".", "..", "...", "a.b.c", "\xff.\xff.\xff"}) {
    CHECK(!read(junk));
  }
}

TEST_CASE("a session lasts from request to request") {
  fixture f;
  CHECK(f.client.get("/get").body == "none");

  const web::client_response set = f.client.get("/set/five");
  CHECK(set.headers["Set-Cookie"] ==
        "session=" + web::sign_session({{"v", "five"}}, secret, now) + "; HttpOnly; Path=/");
  CHECK(set.headers["Vary"] == "Cookie");

  const web::client_response get = f.client.get("/get");
  CHECK(get.body == "five");
  CHECK(!get.headers.contains("Set-Cookie"));
  CHECK(get.headers["Vary"] == "Cookie");
  CHECK(!f.client.get("/plain").headers.contains("Vary"));

  const web::client_response popped = f.client.get("/pop");
  CHECK(popped.headers["Set-Cookie"] ==
        "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/");
  CHECK(f.client.get("/get").body == "none");
}

TEST_CASE("a permanent session is sent with every response, also a 404") {
  fixture f;
  // Now, or the client would drop the cookie as too old.
  const auto begin = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  f.time = begin.time_since_epoch().count();
  static_cast<void>(f.client.get("/permanent"));
  f.time += 10;
  const std::string expires =
      "Expires=" + web::http_date(begin + std::chrono::seconds(10) + std::chrono::days(31));

  for (const char* const path : {"/plain", "/nowhere"}) {
    const std::string cookie(f.client.get(path).headers["Set-Cookie"]);
    CHECK_MESSAGE(cookie.find(expires) != std::string::npos, cookie);
  }
}

TEST_CASE("a permanent session with the longest lifetime expires in the last year of the clock") {
  fixture f;
  f.app.config()["PERMANENT_SESSION_LIFETIME"] = std::numeric_limits<std::int64_t>::max();

  const std::string cookie(f.client.get("/permanent").headers["Set-Cookie"]);
  CHECK_MESSAGE(cookie.find("Expires=Tue, 31 Dec 2261 23:59:59 GMT") != cookie.npos, cookie);
}

TEST_CASE("after a change of the secret, SECRET_KEY_FALLBACKS still read old cookies") {
  fixture f;
  f.client.set_cookie("session", web::sign_session({{"v", "old"}}, "older", now));
  f.app.config()["SECRET_KEY_FALLBACKS"] = web::list{"oldest", "older"};
  CHECK(f.client.get("/get").body == "old");
}

TEST_CASE("without a secret a session is read as empty, and cannot be written") {
  web::app app;
  app.config()["TESTING"] = true;
  app.route("/get", [] { return web::session().empty() ? "empty" : "not"; });
  app.route("/set", [] {
    web::session()["v"] = 1;
    return "set";
  });
  web::test_client client(app);

  CHECK(client.get("/get").body == "empty");
  CHECK_THROWS_WITH(client.get("/set"),
                    "aldis: the session cannot be written: the setting SECRET_KEY is missing; it "
                    "signs the session's cookie, and should be long and random");
}

TEST_CASE("flashed messages appear on the next page, once") {
  web::app app;
  app.config()["SECRET_KEY"] = secret;
  const auto shown = [] {
    std::string text;
    for (const web::flashed_message& each : web::get_flashed_messages()) {
      text += each.category + ":" + std::string(each.message.as_text()) + " ";
    }
    return text;
  };
  app.route("/flash", [] {
    web::flash("one");
    web::flash("two", "info");
    return "flashed";
  });
  app.route("/show", shown);
  app.route("/both", [=] {
    web::flash("now");
    const std::string first = shown();
    web::flash("later");
    return first + shown();
  });
  web::test_client client(app);

  static_cast<void>(client.get("/flash"));
  CHECK(client.get("/show").body == "message:one info:two ");
  CHECK(client.get("/show").body.empty());
  CHECK(!client.cookie("session"));
  CHECK(client.get("/both").body == "message:now message:now ");
  CHECK(client.get("/show").body == "message:later ");
}

TEST_CASE("each access to the session sets Vary and the cookie as in Flask") {
  // As Flask 3.1.3 does, for no session, one, and a permanent one. Before 3.1.3, Flask did not see
  // all of them (CVE-2026-27205).
  const std::map<std::string, std::vector<std::string>> exceptions{
      {"nothing", {"- -", "- -", "Cookie set"}},
      {"template_without", {"- -", "- -", "Cookie set"}},
      {"set", {"Cookie set", "Cookie set", "Cookie set"}},
      {"modify", {"Cookie deleted", "Cookie set", "Cookie set"}},
      {"clear", {"Cookie deleted", "Cookie deleted", "Cookie deleted"}},
      {"pop", {"Cookie -", "Cookie deleted", "Cookie set"}},
      {"set_permanent", {"Cookie set", "Cookie set", "Cookie set"}},
      {"unset_permanent", {"Cookie set", "Cookie set", "Cookie set"}},
      {"flash", {"Cookie set", "Cookie set", "Cookie set"}},
  };
  for (const session_access& access : session_accesses()) {
    CAPTURE(access.name);
    const auto other = exceptions.find(access.name);
    const std::vector<std::string> reads{"Cookie -", "Cookie -", "Cookie set"};
    CHECK(session_responses(access) == (other == exceptions.end() ? reads : other->second));
  }
}

TEST_CASE("every member that reads a session marks it as accessed") {
  const auto accessed = [](auto read) {
    const web::session_values session;
    static_cast<void>(read(session));
    return session.is_accessed();
  };
  using values = const web::session_values&;
  CHECK(accessed([](values s) { return s.get("x"); }));
  CHECK(accessed([](values s) { return s.contains("x"); }));
  CHECK(accessed([](values s) { return s.empty(); }));
  CHECK(accessed([](values s) { return s.size(); }));
  CHECK(accessed([](values s) { return s.all().size(); }));
  CHECK(accessed([](values s) { return s.is_permanent(); }));
  // These do not read the values.
  CHECK_FALSE(accessed([](values s) { return s.is_new(); }));
  CHECK_FALSE(accessed([](values s) { return s.is_modified(); }));
}
