#include <aldis/web/request.hpp>

#include <doctest/doctest.h>

#include <string>

namespace web = aldis::web;

namespace {

web::request form(std::string_view type, std::string_view body) {
  web::request r("POST", "/");
  r.headers().set("Content-Type", type);
  r.body() = body;
  return r;
}

int status_of(web::request r) {
  try {
    static_cast<void>(r.form());
  } catch (const web::http_error& error) {
    return error.code();
  }
  return 200;
}

const std::string boundary = "multipart/form-data; boundary=xyz";

}  // namespace

TEST_CASE("a target is split into path and query") {
  web::request r("GET", "/a%20b/c?x=1&y=%C3%A9+e&x=2&flag&=z");
  r.headers().set("Host", "shop.example:8080");

  CHECK(r.path() == "/a b/c");
  CHECK(r.query_string() == "x=1&y=%C3%A9+e&x=2&flag&=z");
  CHECK(r.full_path() == "/a b/c?x=1&y=%C3%A9+e&x=2&flag&=z");
  CHECK(r.url() == "http://shop.example:8080/a%20b/c?x=1&y=%C3%A9+e&x=2&flag&=z");
  CHECK(r.base_url() == "http://shop.example:8080/a%20b/c");
  CHECK(r.args() ==
        web::multi_dict{{"x", "1"}, {"y", "\u00e9 e"}, {"x", "2"}, {"flag", ""}, {"", "z"}});
  CHECK(web::request("GET", "/x").full_path() == "/x?");
}

TEST_CASE("a path is always UTF-8, whether its bytes are escaped or not") {
  CHECK(web::request("GET", "/%C3%A9").path() == "/\u00e9");
  CHECK(web::request("GET", "/\u00e9").path() == "/\u00e9");
  CHECK(web::request("GET", "/%FF").path() == "/\ufffd");
  CHECK(web::request("GET", "/\xff").path() == "/\ufffd");
}

TEST_CASE("the target may be a whole URL") {
  CHECK(web::request("GET", "http://host/p?q=1").path() == "/p");
  CHECK(web::request("GET", "http://host/p?q=1").query_string() == "q=1");
  CHECK(web::request("GET", "http://host").path() == "/");
  CHECK(web::request("GET", "http://host?q=1").args()["q"] == "1");
  CHECK(web::request("OPTIONS", "*").path() == "*");
  CHECK_THROWS_AS(web::request("GET", "x"), web::http_error);
  CHECK_THROWS_AS(web::request("GET", ""), web::http_error);
}

TEST_CASE("arguments are read as text or number, one or all; a missing one is a 400") {
  const web::request r("GET", "/?n=5&n=6&x=5x&big=300");

  CHECK(r.args()["n"] == "5");
  CHECK(r.args().get_all("n").size() == 2);
  CHECK(r.args().get_as<int>("n") == 5);
  CHECK(!r.args().get_as<int>("x"));
  CHECK(!r.args().get_as<unsigned char>("big"));
  CHECK(r.args().get("none", "otherwise") == "otherwise");
  CHECK_THROWS_WITH_AS(r.args()["none"], "400 Bad Request: The request has no 'none'.",
                       web::http_error);
}

TEST_CASE("cookies are parsed, and quotes are removed") {
  web::request r;
  r.headers().add("Cookie", "a=1; b=\"x \\\"y\\\" \\303\\251\"; noise; =z");
  r.headers().add("Cookie", "c = 3 ");
  CHECK(r.cookies() ==
        web::multi_dict{{"a", "1"}, {"b", "x \"y\" \u00e9"}, {"noise", ""}, {"c", "3"}});
}

TEST_CASE("cookies are read as by Werkzeug, and so are some that it drops") {
  const auto read = [](const char* header) {
    web::request r;
    r.headers().add("Cookie", header);
    return r.cookies();
  };
  using cookies = web::multi_dict;

  CHECK(read("x") == cookies{{"x", ""}});
  CHECK(read("a=b; x; c=d") == cookies{{"a", "b"}, {"x", ""}, {"c", "d"}});
  CHECK(read("a=\"x;y\"") == cookies{{"a", "x;y"}});
  CHECK(read("a = \"q r\" ; b=2") == cookies{{"a", "q r"}, {"b", "2"}});
  CHECK(read("a=\"x\\\"y;z\"; b=3") == cookies{{"a", "x\"y;z"}, {"b", "3"}});
  CHECK(read("a=\"\\073\"") == cookies{{"a", ";"}});
  CHECK(read("=z; a=1;; ;b=2;") == cookies{{"a", "1"}, {"b", "2"}});
  CHECK(read("").empty());
  // Malformed cookies, which Werkzeug drops.
  CHECK(read("a=b c; d=1") == cookies{{"a", "b c"}, {"d", "1"}});
  CHECK(read("a={\"x\":1}; b=2") == cookies{{"a", "{\"x\":1}"}, {"b", "2"}});
  CHECK(read("a=\"x\"y; b=1") == cookies{{"a", "\"x\"y"}, {"b", "1"}});
  CHECK(read("a=\"x;y; b=2") == cookies{{"a", "\"x"}, {"y", ""}, {"b", "2"}});
}

TEST_CASE("an urlencoded form in the body is parsed") {
  web::request r = form("application/x-www-form-urlencoded; charset=utf-8", "a=1&b=x+y%26&a=2");
  r.set_target("/?q=0");
  CHECK(r.form() == web::multi_dict{{"a", "1"}, {"b", "x y&"}, {"a", "2"}});
  CHECK(r.values() == web::multi_dict{{"q", "0"}, {"a", "1"}, {"b", "x y&"}, {"a", "2"}});
  CHECK(form("text/plain", "a=1").form().empty());
}

TEST_CASE("a multipart form has fields and files") {
  const web::request r = form(
      "multipart/form-data; boundary=\"xyz\"",
      "preamble\r\n--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n"
      "--xyz  \r\nContent-Disposition: form-data; name=\"f\"; filename=\"C:\\dir\\a "
      "\\\"b\\\".txt\"\r\n"
      "Content-Type: text/plain\r\n\r\n--xy\r\n-xyz\r\n"
      "--xyz\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--xyz--\r\nepilogue");

  CHECK(r.form() == web::multi_dict{{"a", "one\r\ntwo"}, {"empty", ""}});
  REQUIRE(r.files().size() == 1);
  CHECK(r.files()[0].name == "f");
  CHECK(r.files()[0].file_name == "C:\\dir\\a \"b\".txt");
  CHECK(r.files()[0].content_type() == "text/plain");
  CHECK(r.file("f")->content == "--xy\r\n-xyz");
  CHECK(r.file("g") == nullptr);
}

TEST_CASE("a malformed form is a 400") {
  const std::string part = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
  CHECK(status_of(form("multipart/form-data", part)) == 400);
  CHECK(status_of(form("multipart/form-data; boundary=", part)) == 400);
  CHECK(status_of(form(boundary, part)) == 400);
  CHECK(status_of(form(boundary, part + "\r\n--xyz")) == 400);
  CHECK(status_of(form(boundary, part + "\r\n--xyzjunk--")) == 400);
  CHECK(status_of(form(boundary, "--xyz\r\nno colon\r\n\r\n1\r\n--xyz--")) == 400);
  CHECK(status_of(form(boundary, "--xyz\r\nA: b\r\n\r\n1\r\n--xyz--")) == 400);
  CHECK(status_of(form(boundary, "--xyz\r\nA\x01: b\r\n\r\n1\r\n--xyz--")) == 400);
  CHECK(status_of(form(boundary, part + "\r\n--xyz--")) == 200);
}

TEST_CASE("a form beyond the limits is a 413") {
  const auto limited = [](web::request r, web::form_limits limits) {
    r.set_form_limits(limits);
    return status_of(std::move(r));
  };
  const std::string file =
      "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" +
      std::string(1000, 'x') + "\r\n";
  const std::string field = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" +
                            std::string(100, 'x') + "\r\n";
  CHECK(limited(form(boundary, file + field + "--xyz--"), {.memory = 100}) == 200);
  CHECK(limited(form(boundary, file + field + "--xyz--"), {.memory = 99}) == 413);
  // The limit is for each field, as in Werkzeug.
  CHECK(limited(form(boundary, field + field + field + "--xyz--"), {.memory = 100}) == 200);
  CHECK(limited(form(boundary, file + field + "--xyz--"), {.parts = 1}) == 413);
  // The size and the number of the headers of a part.
  const auto part_with = [](const std::string& headers) {
    return "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n" + headers + "\r\n1\r\n--xyz--";
  };
  CHECK(limited(form(boundary, part_with("X: " + std::string(200, 'x') + "\r\n")),
                {.memory = 200}) == 413);
  std::string headers;
  for (int i = 0; i < 999; ++i) headers += "X: y\r\n";
  CHECK(status_of(form(boundary, part_with(headers))) == 200);
  CHECK(status_of(form(boundary, part_with(headers + "X: y\r\n"))) == 413);
}

TEST_CASE("an urlencoded form and its fields may have any size") {
  const std::string text(600'000, 'x');
  CHECK(form("application/x-www-form-urlencoded", "a=" + text).form()["a"] == text);

  std::string body;
  for (int i = 0; i < 249'999; ++i) body += "a&";
  CHECK(form("application/x-www-form-urlencoded", body + "a").form().size() == 250'000);
  // Each field takes far more memory than its two bytes.
  CHECK(status_of(form("application/x-www-form-urlencoded", body + "a&a")) == 413);
}

TEST_CASE("multipart forms of all kinds are read as by Werkzeug") {
  const std::string field = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n";
  const std::string end = "\r\n--xyz--\r\n";
  const auto with_line_ends = [](std::string text, const std::string& instead) {
    for (std::size_t at = 0; (at = text.find("\r\n", at)) != text.npos; at += instead.size()) {
      text.replace(at, 2, instead);
    }
    return text;
  };
  const auto read = [](const std::string& body) { return form(boundary, body).form(); };
  using fields = web::multi_dict;

  CHECK(read("") == fields());
  CHECK(read("--xyz--") == fields());
  CHECK(read("--xyz--\r\n") == fields());
  CHECK(read("\r\n--xyz--") == fields());
  CHECK(read(field + "\r\n1" + end) == fields{{"a", "1"}});
  CHECK(read(field + end) == fields{{"a", ""}});
  CHECK(read(field + "\r\n" + end) == fields{{"a", ""}});
  CHECK(read(field + "\r\n\r\n" + end) == fields{{"a", "\r\n"}});
  for (const char* const line_end : {"\n", "\r"}) {
    CAPTURE(line_end);
    const std::string between = std::string("1") + line_end + line_end + "2";
    CHECK(read(with_line_ends("text\r\n" + field + "\r\n1\r\n\r\n2" + end, line_end)) ==
          fields{{"a", between}});
    CHECK(read(with_line_ends(field + "\r\n1\r\n" + field + "\r\n2" + end, line_end)) ==
          fields{{"a", "1"}, {"a", "2"}});
  }
  CHECK(read(field + "\r\n1\n--xyzz\n2\r\n-- xyz\r\n--xy" + end) ==
        fields{{"a", "1\n--xyzz\n2\r\n-- xyz\r\n--xy"}});
  CHECK(read(field + "\r\n1\r\n--xyz \t\r\nContent-Disposition: form-data; name=b\r\n\r\n2" +
             end) == fields{{"a", "1"}, {"b", "2"}});
  CHECK(read("--xyz\r\nContent-Disposition: attachment; name=a\r\n\r\n1" + end) ==
        fields{{"a", "1"}});
  CHECK(read("--xyz\r\nContent-Disposition: inline\r\n\r\n1" + end) == fields{{"", "1"}});
  std::string headers;
  for (int i = 0; i < 40; ++i) headers += "X: y\r\n";
  CHECK(read(field + headers + "\r\n1" + end) == fields{{"a", "1"}});
  CHECK(read(field + "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\n\xe9" + end) ==
        fields{{"a", "\u00e9"}});
  CHECK(read(field + "\r\n\xe9" + end) == fields{{"a", "\ufffd"}});

  const web::request folded =
      form(boundary,
           "--xyz\r\nContent-Disposition: form-data;\r\n name=\"a\";\r\n\tfilename=f.txt\r\n"
           "Content-Type:\r\n text/plain\r\n\r\n1" +
               end);
  REQUIRE(folded.file("a"));
  CHECK(folded.file("a")->file_name == "f.txt");
  CHECK(folded.file("a")->content_type() == "text/plain");

  for (const std::string& name :
       {std::string(200, 'b'), std::string(5000, '-'), std::string("x y")}) {
    const web::request one = form("multipart/form-data; boundary=\"" + name + "\"",
                                  "--" + name + field.substr(5) + "\r\n1\r\n--" + name + "--");
    CHECK(one.form() == fields{{"a", "1"}});
  }
}

TEST_CASE("a boundary is found in linear time, however long and often repeated it is") {
  const std::string name(15'000, '-');
  const std::string begin =
      "--" + name + "\r\nContent-Disposition: form-data; name=a; filename=f\r\n\r\n";
  const std::string end = "\r\n--" + name + "--";
  std::string content = "x" + std::string(8'000'000, '-');
  SUBCASE("in one line") {}
  SUBCASE("in many lines") {
    for (std::size_t i = 1; i < content.size(); i += 10'000) content[i] = '\n';
  }
  SUBCASE("lines that end") { content.assign(8'000'000, '\r'); }

  // The naive way takes some 10^11 steps.
  const web::request one = form("multipart/form-data; boundary=" + name, begin + content + end);
  REQUIRE(one.file("a"));
  CHECK((one.file("a")->content == content));  // too long to be printed
}

TEST_CASE("an urlencoded form may have any number of fields") {
  std::string body = "a=0";
  for (int i = 1; i < 1500; ++i) body += "&a=" + std::to_string(i);

  web::request r = form("application/x-www-form-urlencoded", body);
  r.set_form_limits({.parts = 1});

  CHECK(r.form().get_all("a").size() == 1500);
}

TEST_CASE("names with escapes are decoded as by Werkzeug") {
  const auto read = [](const std::string& parameters) {
    const web::request r = form(boundary, "--xyz\r\nContent-Disposition: form-data; " + parameters +
                                              "\r\n\r\n1\r\n--xyz--");
    return r.files().empty() ? "field " + r.form().begin()->first
                             : r.files()[0].name + " " + r.files()[0].file_name;
  };

  CHECK(read("name=f; filename*=utf-8''%e2%82%ac.png") == "f \u20ac.png");
  CHECK(read("name=f; FileName* = UTF-8'en'a%20b+c'd") == "f a b+c'd");
  CHECK(read("name=f; filename*=\"utf-8''a%3Bb\"") == "f a;b");
  CHECK(read("name=f; filename*=us-ascii''a%2525") == "f a%25");
  CHECK(read("name=f; filename*=ISO-8859-1''%80%e9%BF%25e9.png") == "f \u0080\u00e9\u00bf%e9.png");
  CHECK(read("name*=utf-8''%e2%82%ac") == "field \u20ac");
  // The last one counts.
  CHECK(read("name=f; filename=\"x\"; filename*=utf-8''%e2%82%ac") == "f \u20ac");
  CHECK(read("name=f; filename*=utf-8''%e2%82%ac; filename=\"x\"") == "f x");
  // Escapes that cannot be decoded.
  CHECK(read("name=f; filename*=utf-8''%ff%zz%4") == "f \ufffd%zz%4");
  CHECK(read("name=f; filename*=koi8-r''%e9") == "f %e9");
  CHECK(read("name=f; filename*=%41") == "f %41");
  CHECK(read("name=f; filename*=utf-8'%41") == "f utf-8'%41");
  CHECK(read("name=f; filename*=''%41") == "f %41");
  // Quotes and line ends as browsers escape them.
  CHECK(read("name=\"a%22b\"") == "field a\"b");
  CHECK(read("name=a%22b") == "field a\"b");
  CHECK(read("name=f; filename=\"%22q%22%0D%0A.txt\"") == "f \"q\"\r\n.txt");
  CHECK(read("name=f; filename=\"a%2522%0d%2\"") == "f a%2522%0d%2");
  CHECK(read("name=f; filename*=utf-8''a%2522") == "f a%22");
  // In sections.
  CHECK(read("name=f; filename*0=\"ab\"; filename*1=\"cd.txt\"") == "f abcd.txt");
  CHECK(read("name=f; filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.txt") ==
        "f \u20ac.txt");
  CHECK(read("name=f; filename*0*=iso-8859-1''%e9; FILENAME*1*=%e8") == "f \u00e9\u00e8");
  CHECK(read("name=f; filename*1=b; filename*0=a") == "f ba");
  CHECK(read("name=f; filename=x; filename*0=y; filename*1=z") == "f yz");
  CHECK(read("name=f; filename*0=y; filename=x") == "f x");
  CHECK(read("name*0=a; name*1=b") == "field ab");
  CHECK(read("name=f; filename*x=1") == "field f");
  CHECK(read("name=f; filename*0x=1") == "field f");
  CHECK(read("name=f; filename=\"\"") == "f ");
}

TEST_CASE("escapes that are not UTF-8 stay in queries and forms, as in Flask") {
  CHECK(form("application/x-www-form-urlencoded",
             "a=%FF&b=%e2%82&c=%e2%82%ac%ff&%fe=1&d=%EF%BF%BD&e=%zz%4")
            .form() == web::multi_dict{{"a", "%FF"},
                                       {"b", "%E2%82"},
                                       {"c", "\u20ac%FF"},
                                       {"%FE", "1"},
                                       {"d", "\ufffd"},
                                       {"e", "%zz%4"}});
  CHECK(web::request("GET", "/?a=%FF+%41").args()["a"] == "%FF A");
  // In paths they are lost.
  CHECK(web::request("GET", "/%FF").path() == "/\ufffd");
}

TEST_CASE("numbers are parsed as by Python") {
  const web::multi_dict given{{"blanks", " \t5\n"}, {"plus", "+5"},    {"thousand", "1_000"},
                              {"minus", "-1_0"},    {"half", " .5 "},  {"power", "+1e+3"},
                              {"parts", "1_0.5"},   {"hex", "0x5"},    {"end", "5_"},
                              {"begin", "_5"},      {"twice", "1__0"}, {"signs", "+-5"},
                              {"two", "++5"},       {"inside", "5 5"}, {"none", ""},
                              {"blank", " "},       {"sign", "+"},     {"fraction", "5.0"}};

  CHECK(given.get_as<int>("blanks") == 5);
  CHECK(given.get_as<int>("plus") == 5);
  CHECK(given.get_as<unsigned>("plus") == 5U);
  CHECK(given.get_as<int>("thousand") == 1000);
  CHECK(given.get_as<int>("minus") == -10);
  CHECK(!given.get_as<unsigned>("minus"));
  CHECK(given.get_as<double>("half") == 0.5);
  CHECK(given.get_as<double>("power") == 1000.0);
  CHECK(given.get_as<double>("parts") == 10.5);
  for (const char* const name : {"hex", "end", "begin", "twice", "signs", "two", "inside", "none",
                                 "blank", "sign", "fraction"}) {
    CAPTURE(name);
    CHECK(!given.get_as<int>(name));
  }
}

TEST_CASE("the host is in lower case, without the default port of the scheme") {
  const auto host = [](std::string_view given, std::string_view scheme = "http") {
    web::request r;
    r.set_scheme(scheme);
    r.headers().set("Host", std::string(given));
    CHECK(r.url() == std::string(scheme) + "://" + std::string(r.host()) + "/");
    return std::string(r.host());
  };

  CHECK(host("example.org") == "example.org");
  CHECK(host("EXAMPLE.org:80") == "example.org");
  CHECK(host("example.org:8080") == "example.org:8080");
  CHECK(host("example.org:443") == "example.org:443");
  CHECK(host("Example.org:443", "https") == "example.org");
  CHECK(host("example.org:80", "https") == "example.org:80");
  CHECK(host("[::1]:80") == "[::1]");
  CHECK(host("") == "localhost");
  CHECK(host(":80") == "localhost");
}

TEST_CASE("a view of the host stays valid when the host is asked for again") {
  web::request r;
  r.headers().set("Host", "A-NAME-THAT-NEEDS-MEMORY.EXAMPLE.ORG");
  const std::string_view first = r.host();

  CHECK(r.url() == "http://a-name-that-needs-memory.example.org/");
  CHECK(r.host().data() == first.data());
  r.headers().set("Host", "Another.Example.Org");
  CHECK(r.host() == "another.example.org");
}

TEST_CASE("safe_file_name makes untrusted names safe") {
  CHECK(web::safe_file_name("My cool movie.mov") == "My_cool_movie.mov");
  CHECK(web::safe_file_name("../../../etc/passwd") == "etc_passwd");
  CHECK(web::safe_file_name("i contain cool \xfcml\xe4uts.txt") == "i_contain_cool_mluts.txt");
  CHECK(web::safe_file_name("..").empty());
  CHECK(web::safe_file_name("C:\\autoexec.bat") == "C_autoexec.bat");
}

TEST_CASE("clear() resets a request") {
  web::request r = form("application/x-www-form-urlencoded", "a=1");
  static_cast<void>(r.form());
  r.set_target("/x?y=1");
  static_cast<void>(r.args());
  r.clear();
  CHECK(r.method() == "GET");
  CHECK(r.path() == "/");
  CHECK(r.args().empty());
  CHECK(r.form().empty());
  CHECK(r.headers().empty());
  CHECK(r.body().empty());
}
