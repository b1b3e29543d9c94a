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

TEST_CASE("an address and its parts") {
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

TEST_CASE("a whole URL as the target") {
  CHECK(web::request("GET", "http://host/p?q=1").path() == "/p");
  CHECK(web::request("GET", "http://host/p?q=1").query_string() == "q=1");
  CHECK(web::request("GET", "http://host").path() == "/");
  CHECK(web::request("GET", "http://host?q=1").args()["q"] == "1");
  CHECK(web::request("OPTIONS", "*").path() == "*");
  CHECK_THROWS_AS(web::request("GET", "x"), web::http_error);
  CHECK_THROWS_AS(web::request("GET", ""), web::http_error);
}

TEST_CASE("arguments: the first, all, as a number, and a missing one is 400") {
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

TEST_CASE("cookies, quoted ones too") {
  web::request r;
  r.headers().add("Cookie", "a=1; b=\"x \\\"y\\\" \\303\\251\"; noise; =z");
  r.headers().add("Cookie", "c = 3 ");
  CHECK(r.cookies() == web::multi_dict{{"a", "1"}, {"b", "x \"y\" \u00e9"}, {"c", "3"}});
}

TEST_CASE("a form in the body") {
  web::request r = form("application/x-www-form-urlencoded; charset=utf-8", "a=1&b=x+y%26&a=2");
  r.set_target("/?q=0");
  CHECK(r.form() == web::multi_dict{{"a", "1"}, {"b", "x y&"}, {"a", "2"}});
  CHECK(r.values() == web::multi_dict{{"q", "0"}, {"a", "1"}, {"b", "x y&"}, {"a", "2"}});
  CHECK(form("text/plain", "a=1").form().empty());
}

TEST_CASE("a form with files") {
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

TEST_CASE("forms that cannot be read are 400") {
  const std::string part = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1";
  CHECK(status_of(form("multipart/form-data", part)) == 400);
  CHECK(status_of(form("multipart/form-data; boundary=", part)) == 400);
  CHECK(status_of(form(boundary, "")) == 400);
  CHECK(status_of(form(boundary, part)) == 400);
  CHECK(status_of(form(boundary, part + "\r\n--xyz")) == 400);
  CHECK(status_of(form(boundary, part + "\r\n--xyzjunk--")) == 400);
  CHECK(status_of(form(boundary, "--xyz\r\nno colon\r\n\r\n1\r\n--xyz--")) == 400);
  CHECK(status_of(form(boundary, "--xyz\r\nContent-Disposition: inline\r\n\r\n1\r\n--xyz--")) ==
        400);
  CHECK(status_of(form(boundary, "--xyz\r\nA\x01: b\r\n\r\n1\r\n--xyz--")) == 400);
  CHECK(status_of(form(boundary, part + "\r\n--xyz--")) == 200);
}

TEST_CASE("forms beyond the limits are 413") {
  const auto limited = [](web::request r, web::form_limits limits) {
    r.set_form_limits(limits);
    return status_of(std::move(r));
  };
  const web::request fields = form("application/x-www-form-urlencoded", "a=1&b=2&c=3");
  CHECK(limited(fields, {.memory = 11}) == 200);
  CHECK(limited(fields, {.memory = 10}) == 413);
  const std::string file =
      "--xyz\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" +
      std::string(1000, 'x') + "\r\n";
  const std::string field = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n12345\r\n";
  CHECK(limited(form(boundary, file + field + "--xyz--"), {.memory = 6}) == 200);
  CHECK(limited(form(boundary, file + field + "--xyz--"), {.memory = 5}) == 413);
  CHECK(limited(form(boundary, file + field + "--xyz--"), {.parts = 1}) == 413);
}

TEST_CASE("an urlencoded form may have any number of fields") {
  std::string body = "a=0";
  for (int i = 1; i < 1500; ++i) body += "&a=" + std::to_string(i);

  web::request r = form("application/x-www-form-urlencoded", body);
  r.set_form_limits({.parts = 1});

  CHECK(r.form().get_all("a").size() == 1500);
}

TEST_CASE("names with escapes, as Werkzeug reads them") {
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
  // The last one holds.
  CHECK(read("name=f; filename=\"x\"; filename*=utf-8''%e2%82%ac") == "f \u20ac");
  CHECK(read("name=f; filename*=utf-8''%e2%82%ac; filename=\"x\"") == "f x");
  // What cannot be decoded.
  CHECK(read("name=f; filename*=utf-8''%ff%zz%4") == "f \ufffd%zz%4");
  CHECK(read("name=f; filename*=koi8-r''%e9") == "f %e9");
  CHECK(read("name=f; filename*=%41") == "f %41");
  CHECK(read("name=f; filename*=utf-8'%41") == "f utf-8'%41");
  CHECK(read("name=f; filename*=''%41") == "f ''%41");
}

TEST_CASE("names of files from outside are made harmless") {
  CHECK(web::safe_file_name("My cool movie.mov") == "My_cool_movie.mov");
  CHECK(web::safe_file_name("../../../etc/passwd") == "etc_passwd");
  CHECK(web::safe_file_name("i contain cool \xfcml\xe4uts.txt") == "i_contain_cool_mluts.txt");
  CHECK(web::safe_file_name("..").empty());
  CHECK(web::safe_file_name("C:\\autoexec.bat") == "C_autoexec.bat");
}

TEST_CASE("clear() makes it as new") {
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
