// Which rule a request matches, how its path is converted, and the reverse: url_for.

#include <aldis/web.hpp>
#include <aldis/web/routing.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <initializer_list>
#include <limits>
#include <memory>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace web = aldis::web;

namespace {

/// Adds a rule with a handler for its values; three at most.
void add_rule(web::app& app, const std::string& rule, const web::route_options& options) {
  using any = const web::path_value&;
  std::size_t values = options.defaults.size();
  for (const char c : rule) values += c == '<' ? 1u : 0u;
  for (const web::path_variable& each : options.defaults) {
    if (rule.find(each.name + ">") != rule.npos) --values;
  }
  if (values == 0) return app.route(rule, options, [] { return ""; });
  if (values == 1) return app.route(rule, options, [](any) { return ""; });
  if (values == 2) return app.route(rule, options, [](any, any) { return ""; });
  app.route(rule, options, [](any, any, any) { return ""; });
}

/// The result of a request to an app with these rules: the rule that matched, or what else
/// happened.
class routes {
 public:
  routes(std::initializer_list<const char*> rules) {
    for (const char* const rule : rules) add(rule);
  }
  void add(const char* rule, web::route_options options = {}) {
    options.endpoint = "e" + std::to_string(rules_.size());
    rules_.push_back({rule, options});
  }

  std::string get(std::string_view target) { return ask("GET", target); }
  std::string ask(std::string_view method, std::string_view target) {
    web::app app;
    // Prints the values, whatever they are.
    app.before_request([](web::request& r) -> std::optional<std::string> {
      if (r.routing_error() || r.method() == "OPTIONS") return std::nullopt;
      std::string text(r.rule());
      for (const web::path_variable& each : r.view_args())
        text += " " + each.name + "=" + shown(each.value);
      return text;
    });
    for (const auto& [rule, options] : rules_) add_rule(app, rule, options);
    const web::client_response response = web::test_client(app).open(method, target);
    if (response.status == 200) return response.body;
    std::string text = std::to_string(response.status);
    for (const char* const header : {"Location", "Allow"}) {
      if (response.headers.contains(header)) text += " " + std::string(response.headers[header]);
    }
    return text;
  }

 private:
  static std::string shown(const web::path_value& value) {
    struct {
      std::string operator()(std::int64_t n) const { return "int:" + std::to_string(n); }
      std::string operator()(double n) const { return "float:" + std::to_string(n); }
      std::string operator()(const std::string& text) const { return "'" + text + "'"; }
      std::string operator()(const web::uuid& id) const { return "uuid:" + id.text(); }
    } const show;
    return std::visit(show, value);
  }

  struct one {
    std::string rule;
    web::route_options options;
  };
  std::vector<one> rules_;
};

}  // namespace

TEST_CASE("converters match and convert what those of Werkzeug do") {
  routes r{"/s/<x>",
           "/i/<int:x>",
           "/f/<float:x>",
           "/p/<path:x>",
           "/a/<any(cat, dog):x>",
           "/u/<uuid:x>",
           "/n/<int(signed=True):x>"};

  CHECK(r.get("/s/text") == "/s/<x> x='text'");
  CHECK(r.get("/s/") == "404");
  CHECK(r.get("/s/a/b") == "404");
  CHECK(r.get("/i/42") == "/i/<int:x> x=int:42");
  CHECK(r.get("/i/007") == "/i/<int:x> x=int:7");
  CHECK(r.get("/i/-3") == "404");
  CHECK(r.get("/i/4x") == "404");
  CHECK(r.get("/i/99999999999999999999") == "404");
  CHECK(r.get("/n/-3") == "/n/<int(signed=True):x> x=int:-3");
  CHECK(r.get("/f/2.5") == "/f/<float:x> x=float:2.500000");
  CHECK(r.get("/f/2") == "404");
  CHECK(r.get("/p/a/b/c") == "/p/<path:x> x='a/b/c'");
  CHECK(r.get("/a/dog") == "/a/<any(cat, dog):x> x='dog'");
  CHECK(r.get("/a/cow") == "404");
  CHECK(r.get("/u/12345678-1234-1234-1234-123456789ABC") ==
        "/u/<uuid:x> x=uuid:12345678-1234-1234-1234-123456789abc");
  CHECK(r.get("/u/12345678") == "404");
}

TEST_CASE("lengths count characters, and ranges apply to numbers") {
  routes r{"/two/<string(length=2):x>", "/some/<string(minlength=2, maxlength=3):x>",
           "/small/<int(min=2, max=5):x>", "/digits/<int(fixed_digits=3):x>"};

  CHECK(r.get("/two/%C3%A9%C3%A9") == "/two/<string(length=2):x> x='\u00e9\u00e9'");
  CHECK(r.get("/two/abc") == "404");
  CHECK(r.get("/some/abcd") == "404");
  CHECK(r.get("/small/5") == "/small/<int(min=2, max=5):x> x=int:5");
  CHECK(r.get("/small/6") == "404");
  CHECK(r.get("/digits/042") == "/digits/<int(fixed_digits=3):x> x=int:42");
  CHECK(r.get("/digits/42") == "404");
}

TEST_CASE("a number out of range is a 404, whatever other rules there are") {
  routes r{"/<int(max=5):x>", "/<x>"};
  CHECK(r.get("/7") == "404");
  CHECK(r.get("/seven") == "/<x> x='seven'");
}

TEST_CASE("the best rule wins, in whatever order they were added") {
  const std::vector<const char*> rules{"/x/<path:a>", "/x/<a>",           "/x/<int:a>",
                                       "/x/7",        "/x/<path:a>/edit", "/x/<a>/edit"};
  for (const bool backwards : {false, true}) {
    routes r{};
    for (std::size_t i = 0; i < rules.size(); ++i) {
      r.add(rules[backwards ? rules.size() - 1 - i : i]);
    }
    CHECK(r.get("/x/7") == "/x/7");
    CHECK(r.get("/x/8") == "/x/<int:a> a=int:8");
    CHECK(r.get("/x/eight") == "/x/<a> a='eight'");
    CHECK(r.get("/x/a/b") == "/x/<path:a> a='a/b'");
    CHECK(r.get("/x/a/edit") == "/x/<path:a>/edit a='a'");
    CHECK(r.get("/x/a/b/edit") == "/x/<path:a>/edit a='a/b'");
  }
}

TEST_CASE("several variables may be between two slashes") {
  routes r{"/<name>.<any(png, jpg):type>", "/<int:from>-<int:to>"};
  CHECK(r.get("/a.b.png") == "/<name>.<any(png, jpg):type> name='a.b' type='png'");
  CHECK(r.get("/3-14") == "/<int:from>-<int:to> from=int:3 to=int:14");
  CHECK(r.get("/3-") == "404");
}

TEST_CASE("several variables match what they match in a regular expression") {
  struct pair {
    std::string rule;
    std::string expression;
  };
  const std::vector<pair> pairs{
      {"<x>-<y>-<int:z>", "([^/]+)-([^/]+)-(\\d+)"},
      {"a<x>1<y>-", "a([^/]+)1([^/]+)-"},
      {"<x>--<y>", "([^/]+)--([^/]+)"},
      {"<x><int:y>", "([^/]+)(\\d+)"},
      {"<int:x><y>", "(\\d+)([^/]+)"},
      {"<int(signed=True):x>-<int(signed=True):y>", "(-?\\d+)-(-?\\d+)"},
      {"<float:x><y>", "(\\d+\\.\\d+)([^/]+)"},
      {"<x><float(signed=True):y>", "([^/]+)(-?\\d+\\.\\d+)"},
      {"<string(minlength=2):x>-<string(maxlength=2):y>", "([^/]{2,})-([^/]{1,2})"},
      {"<string(length=2):x><string(minlength=0):y>", "([^/]{2})([^/]*)"},
      {"<any(1, 1-, -, 1-1):x><any(-, -1, 1):y><z>", "(1|1-|-|1-1)(-|-1|1)([^/]+)"},
      {"<path:x>-<y>", "([^/].*?)-([^/]+)"},
      {"<x>-<path:y>", "([^/]+)-([^/].*?)"},
      {"<path:x>/<path:y>", "([^/].*?)/([^/].*?)"},
  };
  std::vector<std::string> texts{""};
  for (std::size_t i = 0; texts[i].size() < 5; ++i) {
    for (const char c : {'a', '1', '-', '.', '/'}) texts.push_back(texts[i] + c);
  }
  const auto shown = [](const web::path_variable& each) {
    std::ostringstream text;
    std::visit(
        [&](const auto& value) {
          if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, web::uuid>) text << value;
        },
        each.value);
    return text.str();
  };

  for (const auto& each : pairs) {
    const std::string& rule = each.rule;
    web::app app("compared", {.static_folder = ""});
    add_rule(app, "/" + rule, {.merge_slashes = false});
    const std::regex with(each.expression);
    std::size_t fitting = 0;
    std::string differs;
    for (const std::string& text : texts) {
      std::vector<std::string> expected;
      std::smatch match;
      if (std::regex_match(text, match, with)) {
        ++fitting;
        expected.assign(match.begin() + 1, match.end());
      }
      const auto here = app.test_request_context(web::request("GET", "/" + text));
      std::vector<std::string> found;
      for (const web::path_variable& taken : web::current_request().view_args()) {
        found.push_back(shown(taken));
      }
      if (found != expected) differs += " " + text;
    }
    CAPTURE(rule);
    CHECK(fitting > 0);
    CHECK(differs == "");
  }
}

TEST_CASE("several variables never split a character of several bytes") {
  routes r{"/<string(length=1):x><y>", "/last/<x><string(maxlength=1):y>",
           "/both/<x>-<string(minlength=2, maxlength=3):y>"};
  CHECK(r.get("/%C3%A9%C3%A8a") == "/<string(length=1):x><y> x='\u00e9' y='\u00e8a'");
  CHECK(r.get("/last/a%C3%A9") == "/last/<x><string(maxlength=1):y> x='a' y='\u00e9'");
  CHECK(r.get("/last/%C3%A9") == "404");
  CHECK(r.get("/both/%C3%A9-%C3%A9%C3%A9%C3%A9") ==
        "/both/<x>-<string(minlength=2, maxlength=3):y> x='\u00e9' y='\u00e9\u00e9\u00e9'");
  CHECK(r.get("/both/a-%C3%A9") == "404");
}

// A matcher that backtracks needs minutes for these.
TEST_CASE("a path that fills the request head is matched in linear time") {
  const std::string lines(16000, '-');
  const std::string digits(16000, '1');
  const auto ask = [](const std::string& rule, const std::string& text) {
    return routes{rule.c_str()}.get("/p/" + text);
  };

  for (const char* const rule :
       {"/p/<x>-<y>-<int:z>", "/p/<string(minlength=2):x>-<string(minlength=2):y>-<int:z>",
        "/p/<string(maxlength=9000):x>-<string(maxlength=9000):y>-<int:z>",
        "/p/<path:x>-<path:y>-<int:z>", "/p/<any(-, --):x><y><any(-1, 1):z>",
        "/p/<x>-<uuid:y>-<float(signed=True):z>"}) {
    CAPTURE(rule);
    CHECK(ask(rule, lines + "x") == "404");
  }
  CHECK(ask("/p/<int:x><int:y><int:z>", digits + "x") == "404");
  CHECK(ask("/p/<float:x><float:y><float:z>", digits) == "404");
  CHECK(ask("/p/<x>-<y>-<int:z>", lines + "7") ==
        "/p/<x>-<y>-<int:z> x='" + std::string(15997, '-') + "' y='-' z=int:7");
}

TEST_CASE("a missing slash at the end is redirected, an extra one is a 404") {
  routes r{"/folder/", "/file", "/deep/<path:p>/"};
  r.add("/loose/", {.strict_slashes = false});

  CHECK(r.get("/folder/") == "/folder/");
  CHECK(r.get("/folder?a=1&b=%20") == "308 http://localhost/folder/?a=1&b=%20");
  CHECK(r.get("/file/") == "404");
  CHECK(r.get("/loose") == "/loose/");
  CHECK(r.get("/deep/a/b/") == "/deep/<path:p>/ p='a/b'");
  CHECK(r.get("/deep/a/b") == "308 http://localhost/deep/a/b/");
  // No redirect if the method is not allowed anyway.
  CHECK(r.ask("POST", "/folder") == "404");
}

TEST_CASE("several slashes in a row become one") {
  routes r{"/a/b", "/c/<x>/"};
  r.add("/keep/<path:x>", {.merge_slashes = false});

  CHECK(r.get("/a//b") == "308 http://localhost/a/b");
  CHECK(r.get("/a///b?x=1") == "308 http://localhost/a/b?x=1");
  CHECK(r.get("//c//d") == "308 http://localhost/c/d/");
  CHECK(r.get("/a//nothing") == "404");
  // Never to another host.
  CHECK(r.get("//evil.example/a") == "404");
}

TEST_CASE("escapes are decoded before matching") {
  routes r{"/<x>", "/<x>/<y>", "/with blank"};
  CHECK(r.get("/a%20b") == "/<x> x='a b'");
  CHECK(r.get("/a%2Fb") == "/<x>/<y> x='a' y='b'");
  CHECK(r.get("/with%20blank") == "/with blank");
  CHECK(r.get("/100%") == "/<x> x='100%'");
  CHECK(r.get("/%ff") == "/<x> x='\ufffd'");
}

TEST_CASE("a rule matches its methods only, and a 405 lists the allowed ones") {
  routes r{"/get"};
  r.add("/post", {.methods = {"POST"}});
  r.add("/both", {.methods = {"GET"}});
  r.add("/both", {.methods = {"put", "DELETE"}});
  r.add("/own", {.methods = {"GET", "OPTIONS"}});
  r.add("/none", {.automatic_options = false});

  CHECK(r.ask("HEAD", "/get") == "");
  CHECK(r.ask("POST", "/get") == "405 GET, HEAD, OPTIONS");
  CHECK(r.ask("HEAD", "/post") == "405 OPTIONS, POST");
  CHECK(r.ask("PATCH", "/both") == "405 DELETE, GET, HEAD, OPTIONS, PUT");
  CHECK(r.ask("PUT", "/both") == "/both");
  CHECK(r.ask("OPTIONS", "/none") == "405 GET, HEAD");
}

TEST_CASE("a path with default values is redirected to the shorter rule") {
  web::app app;
  const auto list = [](int page) {
    return "page " + std::to_string(page) + " at " + web::url_for("list", {{"page", page}});
  };
  app.route("/list/", {.endpoint = "list", .defaults = {{"page", 1}}}, list);
  app.add_url_rule("/list/<int:page>", {.endpoint = "list"});
  web::test_client client(app);

  CHECK(client.get("/list/").body == "page 1 at /list/");
  CHECK(client.get("/list/2").body == "page 2 at /list/2");
  CHECK(client.get("/list/1").status == 308);
  CHECK(client.get("/list/1").headers["Location"] == "http://localhost/list/");
}

TEST_CASE("a path is not redirected to a rule that cannot hold its values") {
  web::app app;
  app.route(
      "/k/<any(a, b):k>/", {.endpoint = "k", .defaults = {{"page", 1}}},
      [](std::string_view k, int page) { return std::string(k) + " " + std::to_string(page); });
  app.add_url_rule("/k/<k>/<int:page>", {.endpoint = "k"});
  web::test_client client(app);

  CHECK(client.get("/k/zzz/1").body == "zzz 1");
  CHECK(client.get("/k/a/2").body == "a 2");
  CHECK(client.get("/k/a/1").headers["Location"] == "http://localhost/k/a/");
}

TEST_CASE("url_for builds paths, queries and URLs as in Flask") {
  web::app app;
  const auto one = [](std::string_view) { return ""; };
  app.route("/", {.endpoint = "index"}, [] { return ""; });
  app.route("/user/<name>", {.endpoint = "user"}, one);
  app.route("/n/<int(fixed_digits=4):n>", {.endpoint = "number"}, [](int) { return ""; });
  app.route("/f/<float:x>", {.endpoint = "float"}, [](double) { return ""; });
  app.route("/p/<path:p>", {.endpoint = "path"}, one);
  app.route("/a/<any(cat, dog):x>", {.endpoint = "animal"}, one);
  app.route("/u/<uuid:x>", {.endpoint = "id"}, [](const web::uuid&) { return ""; });
  app.route("/save", {.methods = {"POST"}, .endpoint = "save"}, [] { return ""; });
  auto here = app.test_request_context(web::request("GET", "/"));
  using web::url_for;

  CHECK(url_for("index") == "/");
  CHECK(url_for("user", {{"name", "Ana & Bob/\u00e9"}}) == "/user/Ana%20&%20Bob/%C3%A9");
  CHECK(url_for("user", {{"name", "x"}, {"q", "a b&c"}, {"none", nullptr}, {"n", 5}}) ==
        "/user/x?q=a+b%26c&n=5");
  CHECK(url_for("user", {{"name", std::string_view("a view")}}) == "/user/a%20view");
  CHECK(url_for("index", {{"t", std::vector<std::string>{"a", "b"}}}) == "/?t=a&t=b");
  CHECK(url_for("number", {{"n", 42}}) == "/n/0042");
  CHECK(url_for("number", {{"n", "7"}}) == "/n/0007");
  CHECK(url_for("float", {{"x", 2.0}}) == "/f/2.0");
  CHECK(url_for("path", {{"p", "a/b c"}}) == "/p/a/b%20c");
  CHECK(url_for("animal", {{"x", "dog"}}) == "/a/dog");
  CHECK(url_for("id", {{"x", *web::uuid::from_text("12345678123412341234123456789abc")}}) ==
        "/u/12345678-1234-1234-1234-123456789abc");
  CHECK(url_for("save") == "/save");
  CHECK(url_for("index", {}, {.anchor = "a b", .external = true}) == "http://localhost/#a%20b");
  CHECK(url_for("index", {}, {.scheme = "https"}) == "https://localhost/");

  const auto message = [](auto f) -> std::string {
    try {
      f();
    } catch (const web::bad_url& error) {
      return error.what();
    }
    return "nothing thrown";
  };
  CHECK(message([] { url_for("usr"); }) == "aldis: url_for: there is no endpoint 'usr'");
  CHECK(message([] { url_for("users"); }) ==
        "aldis: url_for: there is no endpoint 'users'; did you mean 'user'?");
  CHECK(message([] {
          url_for("user", {{"nam", "x"}});
        }) ==
        "aldis: url_for 'user': no rule fits the values given (nam); there are '/user/<name>'");
  CHECK(message([] {
          url_for("number", {{"n", "x"}});
        }) == "aldis: url_for 'number': the value of 'n' is 'x', not an integer");
  CHECK(url_for("number", {{"n", 41.9}}) == "/n/0041");
  CHECK(url_for("number", {{"n", -0x1p63}}) == "/n/-9223372036854775808");
  CHECK(message([] {
          url_for("number", {{"n", 1e300}});
        }) == "aldis: url_for 'number': the value of 'n' is '1e+300', not an integer of 64 bits");
  for (const double none : {0x1p63, -1e300, std::numeric_limits<double>::infinity(),
                            std::numeric_limits<double>::quiet_NaN()}) {
    CHECK_THROWS_AS(url_for("number", {{"n", none}}), web::bad_url);
  }
  CHECK(message([] {
          url_for("animal", {{"x", "cow"}});
        }) == "aldis: url_for 'animal': the value of 'x' is 'cow', not one of 'cat', 'dog'");
}

TEST_CASE("url_for outside of a request") {
  web::app app;
  app.route("/", {.endpoint = "index"}, [] { return ""; });
  CHECK_THROWS_AS(web::url_for("index"), web::outside_of_context);

  SUBCASE("needs SERVER_NAME") {
    auto here = app.app_context();
    CHECK_THROWS_AS(web::url_for("index"), web::bad_url);
  }
  SUBCASE("returns a whole URL") {
    app.config()["SERVER_NAME"] = "shop.example";
    app.config()["PREFERRED_URL_SCHEME"] = "https";
    auto here = app.app_context();
    CHECK(web::url_for("index") == "https://shop.example/");
  }
  SUBCASE("includes APPLICATION_ROOT") {
    app.config()["SERVER_NAME"] = "shop.example";
    std::string root;
    SUBCASE("as it is usually written") { root = "/shop"; }
    SUBCASE("with a slash at its end") { root = "/shop/"; }
    SUBCASE("without one at its beginning") { root = "shop"; }
    app.config()["APPLICATION_ROOT"] = root;
    {
      auto here = app.app_context();
      CHECK(web::url_for("index", {{"page", 2}}, {.anchor = "end"}) ==
            "http://shop.example/shop/?page=2#end");
    }
    auto here = app.test_request_context(web::request("GET", "/"));
    CHECK(web::url_for("index", {}, {.external = true}) == "http://shop.example/");
  }
}

TEST_CASE("no value makes url_for return a URL of another host") {
  web::app app;
  app.route("/<path:p>", {.endpoint = "page"}, [](const std::string& p) { return p; });
  app.route("/a/<path:p>", {.endpoint = "below"}, [](const std::string& p) { return p; });
  app.test_request_context(web::request("GET", "/")).run([] {
    CHECK(web::url_for("page", {{"p", "/evil.example"}}) == "/evil.example");
    CHECK(web::url_for("page", {{"p", "//evil.example/x"}}) == "/evil.example/x");
    CHECK(web::url_for("page", {{"p", "a//b"}}) == "/a//b");
    CHECK(web::url_for("page", {{"p", "//"}}) == "/");
    CHECK(web::url_for("below", {{"p", "/x"}}) == "/a//x");
  });
}

TEST_CASE("a host that the client sends is not in any URL if SERVER_NAME is set") {
  web::app app;
  app.route("/reset", [] { return web::url_for("/reset", {{"key", 7}}, {.external = true}); });
  app.route("/folder/", [] { return ""; });
  app.route("/list/", {.endpoint = "list", .defaults = {{"page", 1}}}, [](int) { return ""; });
  app.add_url_rule("/list/<int:page>", {.endpoint = "list"});
  std::string host = "evil.example";
  SUBCASE("it has none") {}
  SUBCASE("it has one") {
    host = "shop.example";
    app.config()["SERVER_NAME"] = host;
  }
  web::test_client client(app);
  const auto get = [&](std::string_view path) {
    return client.get(path, {.headers = {{"Host", "evil.example"}}});
  };

  CHECK(get("/reset").body == "http://" + host + "/reset?key=7");
  CHECK(get("/folder?a=1").headers["Location"] == "http://" + host + "/folder/?a=1");
  CHECK(get("//reset").headers["Location"] == "http://" + host + "/reset");
  CHECK(get("/list/1").headers["Location"] == "http://" + host + "/list/");
}

TEST_CASE("the prefix of a blueprint and a rule have one slash between them") {
  const auto joined = [](const std::string& prefix, std::string_view rule) {
    web::app app("joining", {.static_folder = ""});
    web::blueprint part("part", {.url_prefix = prefix});
    part.get(rule, [] { return ""; });
    app.register_blueprint(part);
    return app.routes()[0].rule;
  };

  CHECK(joined("/api", "x") == "/api/x");
  CHECK(joined("/api", "/x") == "/api/x");
  CHECK(joined("/api/", "x") == "/api/x");
  CHECK(joined("/api/", "//x") == "/api/x");
  CHECK(joined("/api", "/") == "/api/");
  CHECK(joined("/", "x") == "/x");
  CHECK(joined("", "/x") == "/x");
  // An empty rule is the prefix itself.
  CHECK(joined("/api", "") == "/api");
  CHECK(joined("/api/", "") == "/api/");
  CHECK_THROWS_AS(joined("", "x"), web::bad_route);
  CHECK_THROWS_AS(joined("", ""), web::bad_route);
}

TEST_CASE("the prefixes of nested blueprints are joined as prefix and rule are") {
  web::app app("nested", {.static_folder = ""});
  web::blueprint outer("outer", {.url_prefix = "/o/"});
  web::blueprint inner("inner", {.url_prefix = "i"});
  web::blueprint plain("plain");
  for (web::blueprint* const each : {&inner, &plain}) {
    each->get("", [] { return ""; });
    each->get("y", [] { return ""; });
    outer.register_blueprint(*each);
  }
  app.register_blueprint(outer);

  std::string rules;
  for (const web::route_info& each : app.routes()) rules += each.rule + " ";
  CHECK(rules == "/o/i /o/i/y /o/ /o/y ");
}

TEST_CASE("a blueprint's hooks for the whole app are registered in every app, once") {
  std::string log;
  web::blueprint part("part");
  part.before_app_request([&] { log += "before "; });
  part.app_errorhandler(404, [](const web::http_error&) { return "none"; });
  part.app_context_processor([] { return web::dict{{"who", "ana"}}; });
  web::app first;
  web::app second;
  for (web::app* const each : {&first, &second}) {
    each->register_blueprint(part);
    each->register_blueprint(part, {.name = "again", .url_prefix = "/again"});
    each->get("/", [] { return web::render_template_string("{{ who }}"); });
  }

  for (web::app* const each : {&first, &second}) {
    log.clear();
    web::test_client client(*each);
    CHECK(client.get("/").body == "ana");
    CHECK(client.get("/nowhere").body == "none");
    CHECK(log == "before before ");
  }
  CHECK_THROWS_AS(part.before_app_request([] {}), std::logic_error);
}

TEST_CASE("a blueprint is not mistaken for a destroyed one") {
  web::app app;
  std::string log;
  for (int i = 0; i < 8; ++i) {
    web::blueprint part("part" + std::to_string(i));
    part.before_app_request([&log, i] { log += std::to_string(i); });
    app.register_blueprint(part);
  }
  app.get("/", [] { return ""; });

  static_cast<void>(web::test_client(app).get("/"));

  CHECK(log == "01234567");
}

TEST_CASE("url_defaults and url_value_preprocessor pass a value from URL to URL") {
  web::app app;
  std::string language;
  app.url_value_preprocessor([&](std::string_view, web::path_variables& values) {
    for (const web::path_variable& each : values) {
      if (each.name == "lang") language = std::get<std::string>(each.value);
    }
  });
  app.url_defaults([&](std::string_view endpoint, web::url_values& values) {
    if (endpoint == "page") values.emplace_back("lang", language);
  });
  app.route("/<lang>/page", {.endpoint = "page"},
            [](std::string_view) { return web::url_for("page"); });

  CHECK(web::test_client(app).get("/de/page").body == "/de/page");
}

TEST_CASE("an invalid route is reported when it is added") {
  web::app app;
  const auto message = [&](std::string_view rule, auto handler, web::route_options options = {}) {
    try {
      app.route(rule, std::move(options), handler);
    } catch (const web::bad_route& error) {
      return std::string(error.what());
    }
    return std::string("nothing thrown");
  };
  const auto none = [] { return ""; };
  const auto text = [](std::string_view) { return ""; };

  CHECK(message("x", none) == "aldis: the rule 'x': a rule begins with '/'");
  CHECK(message("/<x", text) == "aldis: the rule '/<x': a '<' has no '>' after it");
  CHECK(message("/<int:1x>", text) ==
        "aldis: the rule '/<int:1x>': '1x' cannot be the name of a variable: letters, digits and _ "
        "are allowed");
  CHECK(message("/<x>/<x>", text) == "aldis: the rule '/<x>/<x>': the variable 'x' occurs twice");
  CHECK(message("/<integer:x>", text) ==
        "aldis: the rule '/<integer:x>': there is no converter 'integer'; there are string, int, "
        "float, path, any and uuid");
  CHECK(message("/<int(minimum=1):x>", text) ==
        "aldis: the rule '/<int(minimum=1):x>': the converter int has no argument 'minimum'; it "
        "takes min, max, signed and fixed_digits");
  CHECK(message("/<int:x>", text) ==
        "aldis: the rule '/<int:x>' converts 'x' to an integer, but its handler takes text there; "
        "converters are string, path and any (text), int, float and uuid");
  CHECK(message("/<x>/<int:y>", text) ==
        "aldis: the rule '/<x>/<int:y>' passes its handler 2 values (x, y), but it takes 1");
  CHECK(message("/<x>", none) ==
        "aldis: the rule '/<x>' passes its handler 1 value (x), but it takes 0");
  CHECK(message("/", none, {.methods = {}}) == "aldis: the rule '/': it has no method");
  CHECK(message("/", none, {.methods = {"GET IT"}}) ==
        "aldis: the rule '/': 'GET IT' is not a method");
  CHECK(message("/", none, {.endpoint = "one"}) == "nothing thrown");
  CHECK(message("/other", [] { return "other"; }, {.endpoint = "one"}) ==
        "aldis: the rule '/other': the endpoint 'one' has another handler already; add_url_rule "
        "adds a rule for that one");
  CHECK(message("/again", none, {.endpoint = "one"}) == "nothing thrown");
  CHECK_THROWS_AS(app.add_url_rule("/x/<int:n>", {.endpoint = "one"}), web::bad_route);
  web::blueprint part("part");
  part.add_url_rule("/", {.endpoint = "a.b"});
  CHECK_THROWS_WITH_AS(app.register_blueprint(part),
                       "aldis: the rule '/': an endpoint of a blueprint has no dots, 'a.b' has",
                       web::bad_route);
  // The third is that of static files.
  CHECK(app.routes().size() == 3);
}

TEST_CASE("an endpoint may have dots anywhere") {
  const std::vector<std::string> names{".", ".a", "a.", ".a.b", "..", "a..b"};
  web::app app;
  for (const std::string& name : names) {
    app.add_url_rule("/to/" + name + "/", {.endpoint = name});
    app.endpoint(name, [] { return std::string(web::current_request().endpoint()); });
  }
  web::test_client client(app);

  for (const std::string& name : names) CHECK(client.get("/to/" + name + "/").body == name);
}

TEST_CASE("handlers of one rule for several methods need no names") {
  web::app app;
  web::blueprint part("part", {.url_prefix = "/part"});
  for (web::scaffold* const each : std::initializer_list<web::scaffold*>{&app, &part}) {
    each->get("/note", [] { return web::url_for("/note"); });
    each->post("/note", [] { return "post"; });
    each->route("/note", {.methods = {"put", "PATCH"}}, [] { return "put"; });
  }
  app.register_blueprint(part);

  CHECK_THROWS_WITH_AS(app.get("/note", [] { return "again"; }),
                       "aldis: the rule '/note': the endpoint '/note' has another handler already; "
                       "add_url_rule adds a rule for that one",
                       web::bad_route);
  CHECK_THROWS_AS(app.post("/note", [] { return "again"; }), web::bad_route);
  web::test_client client(app);
  CHECK(client.get("/note").body == "/note");
  CHECK(client.post("/note").body == "post");
  CHECK(client.patch("/part/note").body == "put");
  CHECK(client.delete_("/note").headers["Allow"] == "GET, HEAD, OPTIONS, PATCH, POST, PUT");
  std::string endpoints;
  for (const web::route_info& each : app.routes()) endpoints += each.endpoint + "; ";
  CHECK(endpoints ==
        "static; /note; POST /note; PUT PATCH /note; part./part/note; part.POST /part/note; "
        "part.PUT PATCH /part/note; ");
}

// The message of each setup member of an app, or "" if it may still be called.
std::vector<std::string> messages_of_setting_up(web::app& app) {
  const auto message = [](auto&& f) -> std::string {
    try {
      f();
      return "";
    } catch (const std::logic_error& error) {
      return error.what();
    }
  };
  const std::string name = "late" + std::to_string(app.routes().size());
  return {
      message([&] { app.route("/" + name, [] { return ""; }); }),
      message([&] { app.add_url_rule("/rule/" + name, {.endpoint = name}); }),
      message([&] { app.endpoint(name, [] { return ""; }); }),
      message([&] { app.before_request([] {}); }),
      message([&] { app.errorhandler(404, [] { return ""; }); }),
      message([&] { app.teardown_appcontext([] {}); }),
      message([&] { app.register_blueprint(web::blueprint(name)); }),
      message([&] { app.add_template_loader(aldis::templates::from_map({})); }),
      message([&] { app.set_session_interface(std::make_shared<web::cookie_sessions>()); }),
  };
}

std::vector<std::string> rejections(const std::string& because) {
  std::vector<std::string> all;
  for (const char* const what :
       {"adding routes", "adding routes", "setting the handlers of endpoints",
        "registering functions", "registering functions", "registering functions",
        "registering blueprints", "adding templates", "choosing where sessions are kept"}) {
    all.push_back("aldis: the app 'app' " + because + ": " + what + " must be done before");
  }
  return all;
}

TEST_CASE("the first request ends setup, and the message says so") {
  web::app app;
  CHECK(messages_of_setting_up(app) == std::vector<std::string>(9));

  SUBCASE("by a test client") { static_cast<void>(web::test_client(app).get("/nothing")); }
  SUBCASE("by handle()") {
    web::request request("GET", "/nothing");
    static_cast<void>(app.handle(request));
  }

  CHECK(messages_of_setting_up(app) == rejections("has handled a request"));
}

TEST_CASE("a server ends setup before its first request") {
  web::app app;
  const web::server server(app, {.port = 0});

  CHECK(messages_of_setting_up(app) == rejections("is being served"));
}

TEST_CASE("a context without a request from a client does not end setup") {
  web::app app;
  const std::vector<std::string> nothing_said(9);

  SUBCASE("app_context") {
    const auto here = app.app_context();
    CHECK(messages_of_setting_up(app) == nothing_said);
  }
  SUBCASE("test_request_context") {
    const auto here = app.test_request_context(web::request("GET", "/nothing"));
    CHECK(messages_of_setting_up(app) == nothing_said);
  }
  SUBCASE("a copied request") {
    const auto here = app.test_request_context(web::request("GET", "/nothing"));
    web::copy_current_request_context([] { CHECK(web::current_request().path() == "/nothing"); })();
  }
  SUBCASE("a rendered template") {
    const auto here = app.app_context();
    CHECK(web::render_template_string("{{ 1 + 1 }}") == "2");
  }
  SUBCASE("a server with invalid options") {
    web::app other;
    const web::server first(other, {.port = 0});
    CHECK_THROWS_AS(web::server(app, {.port = first.port()}), std::system_error);
  }
  SUBCASE("a command") {
    app.cli().command("init-db", "", [](web::command_call&) {});
    CHECK(web::test_cli_runner(app).invoke({"init-db"}).exit_code == 0);
  }
  SUBCASE("a session of a client") {
    app.config()["SECRET_KEY"] = "secret";
    web::test_client client(app);
    client.session_transaction([](web::session_values& session) { session["n"] = 1; });
  }

  CHECK(messages_of_setting_up(app) == nothing_said);
  app.route("/after", [] { return "after"; });
  CHECK(web::test_client(app).get("/after").body == "after");
}

TEST_CASE("a setting that changes after a context applies to the next one") {
  web::app app;
  { const auto here = app.app_context(); }
  app.config()["SERVER_NAME"] = "example.org";
  app.config()["SECRET_KEY"] = "secret";
  web::blueprint part("part", {.url_prefix = "/part"});
  part.route("/<int:n>", {.endpoint = "item"}, [](int n) {
    web::session()["n"] = n;
    return std::to_string(n);
  });
  part.url_defaults([](std::string_view, web::url_values& values) { values.emplace_back("n", 7); });
  std::string order;
  part.before_request([&] { order += "part "; });
  app.register_blueprint(part);
  app.before_request([&] { order += "app "; });

  app.app_context().run([] { CHECK(web::url_for("part.item") == "http://example.org/part/7"); });
  app.config()["PREFERRED_URL_SCHEME"] = "https";
  app.app_context().run([] { CHECK(web::url_for("part.item") == "https://example.org/part/7"); });
  app.test_request_context().run([] { web::session()["may"] = "be written"; });
  const web::client_response response = web::test_client(app).get("/part/3");
  CHECK(response.body == "3");
  CHECK(response.headers.contains("Set-Cookie"));
  CHECK(order == "app part ");
}

TEST_CASE("contexts on several threads read the settings at the same time") {
  web::app app;
  app.config()["SERVER_NAME"] = "example.org";
  app.get("/", [] { return ""; });
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) {
        app.app_context().run([&] { right += web::url_for("/") == "http://example.org/" ? 1 : 0; });
      }
    });
  }
  static_cast<void>(web::test_client(app).get("/"));
  for (std::thread& each : threads) each.join();

  CHECK(right == 200);
}

TEST_CASE("the handler of an endpoint may be set before its rule or after") {
  web::app app;
  const auto view = [] { return std::string(web::current_request().endpoint()); };

  SUBCASE("a route before") {
    app.route("/list", {.endpoint = "index"}, view);
    app.add_url_rule("/", {.endpoint = "index"});
  }
  SUBCASE("a route after") {
    app.add_url_rule("/", {.endpoint = "index"});
    app.route("/list", {.endpoint = "index"}, view);
  }
  SUBCASE("endpoint() before") {
    app.endpoint("index", view);
    app.add_url_rule("/", {.endpoint = "index"});
    app.add_url_rule("/list", {.endpoint = "index"});
  }
  SUBCASE("endpoint() after") {
    app.add_url_rule("/", {.endpoint = "index"});
    app.add_url_rule("/list", {.endpoint = "index"});
    app.endpoint("index", view);
  }
  SUBCASE("the same handler twice") {
    app.endpoint("index", view);
    app.add_url_rule("/", {.endpoint = "index"});
    app.route("/list", {.endpoint = "index"}, view);
    app.endpoint("index", view);
  }
  SUBCASE("an endpoint of a blueprint, named by the app") {
    web::blueprint blog("blog");
    blog.route("/list", {.endpoint = "index"}, view);
    std::string asked;
    blog.before_request([&] { asked += web::current_request().blueprint(); });
    bool first = false;
    SUBCASE("before") { first = true; }
    SUBCASE("after") { first = false; }
    if (first) app.add_url_rule("/", {.endpoint = "blog.index"});
    app.register_blueprint(blog);
    if (!first) app.add_url_rule("/", {.endpoint = "blog.index"});
    web::test_client client(app);
    CHECK(client.get("/").body == "blog.index");
    CHECK(client.get("/list").body == "blog.index");
    CHECK(asked == "blogblog");
    return;
  }
  SUBCASE("an endpoint of a blueprint, named by the blueprint") {
    web::blueprint blog("blog");
    blog.add_url_rule("/", {.endpoint = "index"});
    blog.endpoint("index", view);
    blog.add_url_rule("/list", {.endpoint = "index"});
    app.register_blueprint(blog);
    web::test_client client(app);
    CHECK(client.get("/").body == "blog.index");
    CHECK(client.get("/list").body == "blog.index");
    return;
  }

  web::test_client client(app);
  CHECK(client.get("/").body == "index");
  CHECK(client.get("/list").body == "index");
}

TEST_CASE("a handler that is set later takes its values in the order of the first rule") {
  web::app app;
  app.add_url_rule("/<a>/<int:b>", {.endpoint = "both"});
  app.add_url_rule("/turned/<int:b>/<a>", {.endpoint = "both"});
  app.add_url_rule("/one/<a>", {.endpoint = "both", .defaults = {{"b", std::int64_t{9}}}});
  app.endpoint("both", [](const std::string& a, int b) { return a + std::to_string(b); });
  app.endpoint("early", [](const std::string& a, int b) { return a + std::to_string(b); });
  app.add_url_rule("/early/<a>/<int:b>", {.endpoint = "early"});

  web::test_client client(app);
  CHECK(client.get("/x/1").body == "x1");
  CHECK(client.get("/turned/2/y").body == "y2");
  CHECK(client.get("/one/z").body == "z9");
  CHECK(client.get("/early/v/3").body == "v3");
}

TEST_CASE("a handler that is set later must fit the existing rules") {
  web::app app;
  app.add_url_rule("/<int:n>", {.endpoint = "number"});
  const auto fits_not = [](std::string_view) { return ""; };

  const char* const message =
      "aldis: the rule '/<int:n>' converts 'n' to an integer, but its handler takes text there; "
      "converters are string, path and any (text), int, float and uuid";
  CHECK_THROWS_WITH_AS(app.endpoint("number", fits_not), message, web::bad_route);
  CHECK_THROWS_WITH_AS(app.route("/text/<n>", {.endpoint = "number"}, fits_not), message,
                       web::bad_route);
  app.endpoint("number", [](int n) { return std::to_string(n); });
  CHECK_THROWS_WITH_AS(app.endpoint("number", [] { return ""; }),
                       "aldis: the endpoint 'number' has another handler already", web::bad_route);
  CHECK(web::test_client(app).get("/7").body == "7");
}

TEST_CASE("a rule without a handler works for url_for, and is a 500 for a request") {
  web::app app;
  web::blueprint blog("blog");
  blog.route("/", {.endpoint = "index"}, [] { return web::url_for("index"); });
  app.register_blueprint(blog);
  // As at the end of Flask's tutorial: '/' is blog.index, which was added first.
  app.add_url_rule("/", {.endpoint = "index"});
  app.add_url_rule("/lost", {.endpoint = "lost"});
  app.endpoint("nowhere", [] { return ""; });
  web::test_client client(app);

  CHECK(client.get("/").body == "/");
  CHECK(client.get("/lost").status == 500);
  app.test_request_context().run([] { CHECK_THROWS_AS(web::url_for("nowhere"), web::bad_url); });
}

TEST_CASE("the message for a rule without a handler names it and its endpoint") {
  web::app app;
  app.config()["TESTING"] = true;
  app.add_url_rule("/lost", {.endpoint = "lost"});

  CHECK_THROWS_WITH_AS(web::test_client(app).get("/lost"),
                       "aldis: the rule '/lost' is for the endpoint 'lost', which has no handler; "
                       "add one by a route or endpoint()",
                       std::logic_error);
}

TEST_CASE("routes() lists all routes") {
  web::app app;
  app.route("/", {.methods = {"GET", "POST"}, .endpoint = "index"}, [] { return ""; });
  app.route("/x/<int:n>", [](int) { return ""; });

  const std::vector<web::route_info> all = app.routes();

  CHECK(all.size() == 3);
  CHECK(all[0].rule == "/static/<path:filename>");
  CHECK(all[0].endpoint == "static");
  CHECK(all[1].endpoint == "index");
  CHECK(all[1].methods == std::vector<std::string>{"GET", "POST", "HEAD", "OPTIONS"});
  CHECK(all[2].rule == "/x/<int:n>");
  CHECK(all[2].endpoint == "/x/<int:n>");
}
